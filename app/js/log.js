// Logs that are still being written: what comes is added; the view keeps to the end until the reader scrolls up.
import { listen } from "./live.js";

function follow(log) {
  const list = log.querySelector(".log-lines");
  const lines = list.querySelector("ol");
  const box = log.querySelector("[data-log-follow]");
  let over = false;
  list.addEventListener("scroll", () => {
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 24;
    if (box && box.checked !== atEnd) box.checked = atEnd;
  });
  box?.addEventListener("change", () => {
    if (box.checked) list.scrollTop = list.scrollHeight;
  });
  list.scrollTop = list.scrollHeight;

  async function more() {
    const last = lines.lastElementChild?.id.slice(1) ?? "0";
    const url = new URL(log.dataset.follow, location.href);
    url.searchParams.set("after", last);
    const answer = await fetch(url, { credentials: "same-origin" });
    if (!answer.ok) return;
    over = answer.headers.get("x-log-over") === "1";
    const fresh = new DOMParser().parseFromString(`<ol>${await answer.text()}</ol>`, "text/html");
    const added = [...fresh.querySelectorAll("li")];
    for (const line of added) lines.append(document.importNode(line, true));
    if (added.length && (!box || box.checked)) list.scrollTop = list.scrollHeight;
    if (over) location.reload();
  }

  let running = false;
  async function soon() {
    if (running || over) return;
    running = true;
    try {
      await more();
    } catch {
      // The next event, or the next second, tries again.
    }
    running = false;
  }
  listen("runs", soon);
  setInterval(() => document.hidden || soon(), 3000);
  soon();
}

export function startLogs() {
  for (const log of document.querySelectorAll(".log[data-follow]")) follow(log);
}
