// Moving changes on the calendar, by pointer and by keys. What a move would do is the page of the change's own form for it,
// fetched and shown beneath; what keeps it is that form. Wall time is reckoned, never moments: a day later is the same time
// of day, whatever clocks do.

const MINUTE = 60_000;
/** Milliseconds of rest before the portal is asked. */
const SETTLE = 250;
/** Pixels below which a press is a click; minutes to which a drag snaps. */
const SLIP = 4;
const SNAP = 15;

/** The bar that is held: its link, the start that it would have, what is being asked. */
let held;
let drag;

const desk = () => document.getElementById("changes-move");
const said = (text) => (document.getElementById("changes-move-said").textContent = text);
const frame = (link) => link.closest("[data-move-step]");
const width = (link) => frame(link).getBoundingClientRect().width;
const minutes = (from, to) => (Date.parse(`${to}Z`) - Date.parse(`${from}Z`)) / MINUTE;
const later = (wall, by) => new Date(Date.parse(`${wall}Z`) + by * MINUTE).toISOString().slice(0, 16);

/** Puts the bar where its new start would be. */
function place(link, by) {
  const { moveSpan } = frame(link).dataset;
  link.toggleAttribute("data-moved", by !== 0);
  if (!moveSpan) return;
  const x = ((by * MINUTE) / Number(moveSpan)) * width(link);
  if (by === 0) link.removeAttribute("transform");
  else link.setAttribute("transform", `translate(${x} 0)`);
}

function hold(link) {
  if (held?.link === link) return;
  if (held) release();
  held = { link, start: link.dataset.start };
}

/** Lets go: everything is as it was. */
function release(text = "") {
  if (!held) return;
  clearTimeout(held.timer);
  held.asking?.abort();
  place(held.link, 0);
  held = undefined;
  desk().hidden = true;
  desk().replaceChildren();
  said(text);
}

function to(start) {
  held.start = start;
  held.ready = false;
  held.asking?.abort();
  clearTimeout(held.timer);
  place(held.link, minutes(held.link.dataset.start, start));
  desk().hidden = false;
  const time = document.createElement("p");
  time.className = "changes-move-time";
  time.textContent = start.replace("T", " ");
  desk().replaceChildren(time);
}

function soon() {
  clearTimeout(held.timer);
  held.timer = setTimeout(ask, SETTLE);
}

async function ask() {
  const mine = held;
  if (mine.start === mine.link.dataset.start) {
    release(desk().dataset.back);
    return;
  }
  mine.asking = new AbortController();
  const query = new URLSearchParams({ start: mine.start, next: location.pathname + location.search });
  let part;
  try {
    const answer = await fetch(`${mine.link.dataset.move}?${query}`, { credentials: "same-origin", signal: mine.asking.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    part = page.querySelector("#move, #error-summary, .fault-page");
    if (answer.redirected) part = null;
  } catch (error) {
    if (error.name === "AbortError") return;
  }
  if (held !== mine) return;
  if (!part) {
    release(desk().dataset.lost);
    return;
  }
  desk().replaceChildren(document.importNode(part, true));
  mine.ready = part.id === "move";
  said(part.dataset.said ?? part.textContent);
  if (mine.eager && mine.ready) desk().querySelector("form [type=submit], form button").focus();
  mine.eager = false;
}

function keep() {
  // What has not been seen is not kept: the button takes the focus once it is there.
  if (held.ready) desk().querySelector("form").requestSubmit();
  else held.eager = true;
}

function pressed(event) {
  const link = event.target.closest?.("[data-move]");
  if (event.key === "Escape" && held && !drag) {
    const back = held.link;
    event.preventDefault();
    release(desk().dataset.back);
    back.focus();
    return;
  }
  if (!link || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    event.preventDefault();
    const { moveStep, moveLeap } = frame(link).dataset;
    hold(link);
    to(later(held.start, Number(event.shiftKey ? moveLeap : moveStep) * (event.key === "ArrowLeft" ? -1 : 1)));
    soon();
  } else if (event.key === "Enter" && held?.link === link) {
    event.preventDefault();
    keep();
  }
}

/** Minutes that the pointer has moved the bar by; days where what is under it is a day. */
function dragged(event) {
  const { moveSpan } = frame(drag.link).dataset;
  if (moveSpan) {
    const by = ((event.clientX - drag.x) / width(drag.link)) * (Number(moveSpan) / MINUTE);
    return Math.round(by / SNAP) * SNAP;
  }
  const day = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-day]")?.dataset.day;
  const from = drag.link.closest("[data-day]").dataset.day;
  return day ? minutes(`${from}T00:00`, `${day}T00:00`) : 0;
}

function down(event) {
  const link = event.target.closest?.("[data-move]");
  // A finger on a day scrolls; on a lane it scrolls up and down, and moves across.
  if (!link || event.button !== 0 || (event.pointerType === "touch" && !frame(link).dataset.moveSpan)) return;
  const base = held?.link === link ? held.start : link.dataset.start;
  drag = { link, base, x: event.clientX, y: event.clientY, id: event.pointerId, moved: false };
}

function moved(event) {
  if (!drag || event.pointerId !== drag.id) return;
  if (!drag.moved) {
    if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < SLIP) return;
    drag.moved = true;
    drag.link.setPointerCapture(drag.id);
    hold(drag.link);
  }
  const start = later(drag.base, dragged(event));
  if (start !== held.start) to(start);
}

function up(event) {
  if (!drag || event.pointerId !== drag.id) return;
  const { link, moved } = drag;
  drag = undefined;
  if (!moved) return;
  if (event.type === "pointercancel") {
    release(desk().dataset.back);
    return;
  }
  link.focus({ preventScroll: true });
  // The click that follows a drag is none.
  const once = (click) => {
    click.preventDefault();
    click.stopPropagation();
  };
  addEventListener("click", once, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", once, { capture: true }));
  ask();
}

function clicked(event) {
  const inside = held && desk().contains(event.target) && event.target.closest("a");
  if (!inside) return;
  if (inside.dataset.moveFree) {
    event.preventDefault();
    to(inside.dataset.moveFree);
    ask();
  } else if (inside.classList.contains("button")) {
    event.preventDefault();
    const back = held.link;
    release(desk().dataset.back);
    back.focus();
  }
}

export function startMoving() {
  document.addEventListener("keydown", pressed);
  document.addEventListener("pointerdown", down);
  document.addEventListener("pointermove", moved);
  document.addEventListener("pointerup", up);
  document.addEventListener("pointercancel", up);
  document.addEventListener("click", clicked);
  document.addEventListener("dragstart", (event) => event.target.closest?.("[data-move]") && event.preventDefault());
}
