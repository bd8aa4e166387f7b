// Logs that are still being written: what comes is added; the view keeps to the end until the reader scrolls up.
function follow(log) {
  const list = log.querySelector(".log-lines");
  const lines = list.querySelector("ol");
  const box = log.querySelector("[data-log-follow]");
  list.addEventListener("scroll", () => {
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 24;
    if (box && box.checked !== atEnd) box.checked = atEnd;
  });
  box?.addEventListener("change", () => {
    if (box.checked) list.scrollTop = list.scrollHeight;
  });
  list.scrollTop = list.scrollHeight;

  function add(html) {
    const fresh = new DOMParser().parseFromString(`<ol>${html}</ol>`, "text/html");
    const added = [...fresh.querySelectorAll("li")];
    for (const line of added) lines.append(document.importNode(line, true));
    if (added.length && (!box || box.checked)) list.scrollTop = list.scrollHeight;
  }

  // The server sends lines as they are written; a stream that ends is taken up again after the last line it gave.
  const url = new URL(log.dataset.follow, location.href);
  url.searchParams.set("after", lines.lastElementChild?.id.slice(1) ?? "0");
  const source = new EventSource(url);
  source.addEventListener("lines", (event) => add(event.data));
  source.addEventListener("end", () => {
    source.close();
    location.reload();
  });
  addEventListener("pagehide", () => source.close());
}

export function startLogs() {
  for (const log of document.querySelectorAll(".log[data-follow]")) follow(log);
}
