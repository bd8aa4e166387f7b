// Live pages. An element with an id and data-live="alerts,incidents" is read anew when a topic speaks: the same
// URL is fetched and that element is taken out of the answer. With data-live-mode="notice" nothing moves; it is
// only said that there is something new. What a person is typing in, or has opened, is left alone.
import { tick } from "./times.js";

const DEBOUNCE = 400;
const STALE = 45000;
const LOST = 2000;

let source;
let paused = false;
let heardAt = Date.now();
let timer;
let soonest = 0;
// How far the server had heard when this page was read, and later when it last told something: what happened since is told when
// we listen. A stream that the browser itself takes up again says so in Last-Event-ID.
let since = document.documentElement.dataset.heard ?? "";
const waiting = new Set();
const listeners = new Map();
const news = new Map();

function parts() {
  return [...document.querySelectorAll("[data-live][id]")];
}

function topicsOf(element) {
  return element.dataset.live.split(",").map((topic) => topic.trim()).filter(Boolean);
}

function busy(element) {
  const active = document.activeElement;
  const typing = active && element.contains(active) && active.matches("input, textarea, select");
  const selection = getSelection();
  const selecting = selection && !selection.isCollapsed && element.contains(selection.anchorNode);
  return typing || selecting || element.querySelector("details[open], dialog[open]") !== null;
}

function show(state) {
  const button = document.querySelector("[data-live-state]");
  if (!button) return;
  button.hidden = false;
  button.dataset.state = state;
  const age = state === "stale" ? ` ${Math.round((Date.now() - heardAt) / 1000)} s` : "";
  button.textContent = button.dataset[`${state}Word`] + age;
  button.setAttribute("aria-pressed", String(state === "paused"));
  for (const element of parts()) element.toggleAttribute("data-stale", state === "stale");
}

function announce(element) {
  const count = (news.get(element.id) ?? 0) + 1;
  news.set(element.id, count);
  let button = document.querySelector(`[data-news-for="${CSS.escape(element.id)}"] button`);
  if (!button) {
    // What is said stands in a region of its own: a button that is a status too has no name for a screen reader.
    const notice = document.createElement("div");
    notice.className = "live-notice";
    notice.dataset.newsFor = element.id;
    notice.setAttribute("role", "status");
    element.before(notice);
    button = document.createElement("button");
    button.type = "button";
    button.addEventListener("click", () => {
      news.delete(element.id);
      notice.remove();
      scrollTo({ top: 0 });
      refresh([element.id]);
    });
    notice.append(button);
  }
  const words = document.querySelector("[data-live-state]")?.dataset.newWord ?? "";
  button.textContent = `${words.replace("#", String(count))} ↑`.trim();
}

/** Reads the page anew and puts in the parts with these ids. */
async function refresh(ids) {
  let text;
  try {
    const answer = await fetch(location.href, { headers: { "x-live": "1" }, credentials: "same-origin" });
    if (answer.redirected || answer.status === 401) {
      stop();
      show("stale");
      return;
    }
    if (!answer.ok) return;
    text = await answer.text();
  } catch {
    return;
  }
  const fresh = new DOMParser().parseFromString(text, "text/html");
  if (document.title !== fresh.title) document.title = fresh.title;
  const icon = document.querySelector("link[rel=icon]");
  const freshIcon = fresh.querySelector("link[rel=icon]");
  if (icon && freshIcon && icon.href !== freshIcon.href) icon.href = freshIcon.href;
  for (const id of ids) {
    const old = document.getElementById(id);
    const now = fresh.getElementById(id);
    if (!old || !now) continue;
    if (now.dataset.chart !== undefined) {
      // A chart keeps its canvas; only its data are new.
      old.dispatchEvent(new CustomEvent("chart-data", { detail: now.dataset.chart }));
      for (const part of [".chart-summary", ".plot", ".data-table"]) {
        const [was, is] = [old.querySelector(part), now.querySelector(part)];
        if (was && is && !(was.tagName === "DETAILS" && was.open)) was.replaceWith(document.importNode(is, true));
      }
      continue;
    }
    if (busy(old) || old.isEqualNode(now)) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const charts = old.querySelectorAll(".chart[id]");
    const node = document.importNode(now, true);
    for (const chart of charts) {
      const place = node.querySelector(`#${CSS.escape(chart.id)}`);
      if (!place) continue;
      chart.dispatchEvent(new CustomEvent("chart-data", { detail: place.dataset.chart }));
      place.replaceWith(chart);
    }
    old.replaceWith(node);
    tick(node);
    node.dispatchEvent(new CustomEvent("live-fresh", { bubbles: true }));
    if (focused) again(node, focused)?.focus({ preventScroll: true });
  }
}

/** Where the focus was, in the new node. */
function again(node, focused) {
  if (focused.id) return node.querySelector(`#${CSS.escape(focused.id)}`);
  if (focused.getAttribute("href")) return node.querySelector(`a[href="${CSS.escape(focused.getAttribute("href"))}"]`);
  return null;
}

function flush() {
  timer = undefined;
  if (paused || document.hidden) return;
  soonest = performance.now() + 2000;
  const ids = [...waiting];
  waiting.clear();
  if (ids.length) refresh(ids);
}

/** Calls when a topic speaks; to be said before startLive, so that a page has one stream only. */
export function listen(topic, call) {
  listeners.set(topic, [...(listeners.get(topic) ?? []), call]);
}

function heard(topic) {
  for (const call of listeners.get(topic) ?? []) call();
  for (const element of parts()) {
    if (!topicsOf(element).includes(topic)) continue;
    if (element.dataset.liveMode === "notice" && (scrollY > 200 || busy(element) || element.querySelector("[data-cursor]"))) announce(element);
    else waiting.add(element.id);
  }
  // The first event is answered quickly; a storm of them every two seconds.
  timer ??= setTimeout(flush, Math.max(DEBOUNCE, soonest - performance.now()));
}

function start() {
  const topics = [...new Set([...parts().flatMap(topicsOf), ...listeners.keys()])];
  if (topics.length === 0 || source) return;
  source = new EventSource(`/live?topics=${topics.join(",")}&since=${encodeURIComponent(since)}`);
  source.addEventListener("hello", (event) => {
    since = event.lastEventId || since;
    heardAt = Date.now();
    show(paused ? "paused" : "live");
  });
  source.addEventListener("changed", (event) => {
    heardAt = Date.now();
    since = event.lastEventId || since;
    heard(JSON.parse(event.data).topic);
  });
  source.addEventListener("error", () => {
    heardAt = Math.min(heardAt, Date.now());
    // A blink is nobody’s business; what lasts longer is told, long before what is shown is old.
    setTimeout(() => {
      const gone = source?.readyState !== EventSource.OPEN && !paused && !document.hidden;
      if (gone && Date.now() - heardAt <= STALE) show("lost");
    }, LOST);
    if (source?.readyState === EventSource.CLOSED) {
      source = undefined;
      setTimeout(() => paused || document.hidden || start(), 5000);
    }
  });
}

function stop() {
  source?.close();
  source = undefined;
}

export function startLive() {
  if (listeners.size === 0 && !parts().some((element) => element.closest(".main"))) return;
  document.querySelector("[data-live-state]")?.addEventListener("click", () => {
    paused = !paused;
    show(paused ? "paused" : "live");
    if (!paused) {
      start();
      flush();
    }
  });
  // A hidden tab costs nothing; it reads everything anew when it is seen again.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      stop();
    } else if (!paused) {
      for (const element of parts()) if (element.dataset.liveMode !== "notice") waiting.add(element.id);
      start();
      flush();
    }
  });
  // An open stream is alive even when nothing happens; a broken one turns stale.
  setInterval(() => {
    if (paused || document.hidden) return;
    if (source?.readyState === EventSource.OPEN) heardAt = Date.now();
    else if (Date.now() - heardAt > STALE) show("stale");
  }, 5000);
  start();
}
