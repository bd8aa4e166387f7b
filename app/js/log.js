// Logs of any length: only the lines around what the reader sees are in the page. The log is divided into blocks of lines;
// a block that comes near is fetched, one that goes away leaves its height behind. What is still being written is added at
// the end, and the view keeps to the end until the reader scrolls up.

/** Lines in a block. */
const SIZE = 250;
/** Milliseconds that a block must stay near before it is fetched: whoever drags the bar past thousands waits for none. */
const SETTLE = 60;
/** Pixels that a browser can lay out in one element, with some to spare. */
const TALLEST = 30_000_000;

function view(log) {
  const list = log.querySelector(".log-lines");
  const given = [...list.querySelectorAll("li")];
  const box = log.querySelector("[data-log-follow]");
  const count = log.querySelector("[data-log-count]");
  const row = parseFloat(getComputedStyle(list).lineHeight) || 24;
  const source = new URL(log.dataset.source, location.href);
  const blocks = [];
  let total = 0;

  const numberOf = (line) => Number(line.id.slice(1));
  const blockOf = (number) => blocks[Math.floor((number - 1) / SIZE)];

  /** Room for lines up to this number. */
  function grow(to) {
    total = Math.max(total, to);
    const changed = Math.max(0, blocks.length - 1);
    for (let first = blocks.length * SIZE + 1; first <= total; first += SIZE) {
      const element = document.createElement("ol");
      const block = { element, first, next: first, near: false, asking: null, height: 0 };
      element.block = block;
      blocks.push(block);
      list.append(element);
      nearness.observe(element);
    }
    for (const block of blocks.slice(changed)) keepRoom(block);
  }

  const last = (block) => Math.min(block.first + SIZE - 1, total);

  /** What is not in the page takes the height it had or, if it never was, that of its lines unwrapped. */
  function keepRoom(block) {
    const missing = last(block) - block.next + 1;
    const height = block.height || missing * Math.min(row, TALLEST / total);
    block.element.style.paddingBlockEnd = missing > 0 ? `${height}px` : "";
  }

  function add(block, lines) {
    for (const line of lines) {
      if (numberOf(line) !== block.next || block.next > last(block)) continue;
      block.element.append(line.ownerDocument === document ? line : document.importNode(line, true));
      block.next += 1;
    }
    if (block.next > last(block)) block.height = 0;
    keepRoom(block);
  }

  function empty(block) {
    block.asking?.abort();
    block.asking = null;
    if (block.next === block.first) return;
    block.height = block.element.offsetHeight;
    block.element.replaceChildren();
    block.next = block.first;
    keepRoom(block);
  }

  async function fill(block) {
    if (block.asking) return;
    const asking = new AbortController();
    block.asking = asking;
    try {
      await new Promise((resolve) => setTimeout(resolve, block.next === block.first ? SETTLE : 0));
      while (!asking.signal.aborted && block.near && block.next <= last(block)) {
        const url = new URL(source);
        url.searchParams.set("after", block.next - 1);
        url.searchParams.set("limit", last(block) - block.next + 1);
        const answer = await fetch(url, { signal: asking.signal });
        const lines = answer.ok ? parse(await answer.text()) : [];
        const before = block.next;
        if (!asking.signal.aborted) add(block, lines);
        if (block.next === before) break;
      }
    } catch {
      // Asked for again as soon as it comes near again.
    } finally {
      if (block.asking === asking) block.asking = null;
    }
  }

  const parse = (html) => [...new DOMParser().parseFromString(`<ol>${html}</ol>`, "text/html").querySelectorAll("li")];

  const nearness = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        target.block.near = isIntersecting;
        if (isIntersecting) fill(target.block);
        else empty(target.block);
      }
    },
    { root: list, rootMargin: "100% 0px" },
  );

  const toEnd = () => {
    list.scrollTop = list.scrollHeight;
  };

  async function goTo(number) {
    const block = blockOf(number);
    if (!block) return;
    if (box) box.checked = false;
    block.element.scrollIntoView({ block: "start" });
    block.near = true;
    await fill(block);
    document.getElementById(`L${number}`)?.scrollIntoView({ block: "center" });
  }

  // The lines that came with the page go into their blocks; those of a block that is not whole come anew.
  list.querySelector("ol").remove();
  grow(Number(log.dataset.total));
  for (const block of blocks) {
    const own = given.filter((line) => numberOf(line) >= block.first && numberOf(line) <= last(block));
    if (own.length && numberOf(own[0]) === block.first) add(block, own);
    keepRoom(block);
  }
  for (const pages of log.parentElement.querySelectorAll("[data-log-pages]")) pages.hidden = true;

  list.addEventListener("scroll", () => {
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 24;
    if (box && box.checked !== atEnd) box.checked = atEnd;
  });
  box?.addEventListener("change", () => box.checked && toEnd());
  addEventListener("hashchange", () => /^#L\d+$/.test(location.hash) && goTo(Number(location.hash.slice(2))));

  const asked = location.hash.match(/^#L(\d+)$/)?.[1] ?? new URLSearchParams(location.search).get("from");
  if (asked) goTo(Number(asked));
  else toEnd();

  if (!("live" in log.dataset)) return;
  // The server says how far the log has come and gives its last lines; a stream that ends is taken up again there.
  const url = new URL(source);
  url.searchParams.set("after", total);
  url.searchParams.set("tail", SIZE);
  const events = new EventSource(url);
  events.addEventListener("lines", (event) => {
    if (!log.isConnected) return events.close();
    const following = !box || box.checked;
    grow(Number(event.lastEventId));
    if (count) count.textContent = count.textContent.replace(/\d[\d,.]*/, total.toLocaleString("en"));
    const lines = parse(event.data);
    for (const block of new Set([blocks.at(-2), blocks.at(-1)])) {
      if (!block) continue;
      block.near ||= following;
      if (block.near) add(block, lines);
      if (block.near && block.next <= last(block)) fill(block);
    }
    if (following) toEnd();
  });
  events.addEventListener("end", () => {
    events.close();
    // Whoever reads further up is not torn away from it, nor whoever is writing from what was typed.
    if (log.isConnected && (!box || box.checked) && !isTyped()) location.reload();
  });
  addEventListener("pagehide", () => events.close());
}

/** Whether somebody has written into a field of the page. */
function isTyped() {
  const fields = document.querySelectorAll("textarea, input:not([type=hidden], [type=checkbox], [type=radio])");
  return [...fields].some((field) => field.value !== field.defaultValue);
}

export function startLogs() {
  for (const log of document.querySelectorAll(".log[data-source]")) view(log);
  // A part of the page that was read anew brings its logs anew.
  document.addEventListener("live-fresh", ({ target }) => {
    for (const log of target.querySelectorAll(".log[data-source]")) view(log);
  });
}
