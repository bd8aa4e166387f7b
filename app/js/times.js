// Relative times tick; the browser's zone is told to the server by a cookie.

const sizes = [86400000, 3600000, 60000, 1000];

/** The same words as the server's, which it gave with the page: `# ago|in #|# d|# h|# min|# s`. */
function words(ms) {
  const [ago, until, ...units] = document.documentElement.dataset.ago.split("|");
  const at = Math.max(0, sizes.findIndex((size) => Math.abs(ms) >= size));
  const length = units[at].replace("#", String(Math.trunc(Math.abs(ms) / sizes[at])));
  return (ms >= 0 ? ago : until).replace("#", length);
}

/** A length that grows, in the two units that the server says it in. */
function length(ms) {
  const units = document.documentElement.dataset.ago.split("|").slice(2);
  const at = Math.max(0, sizes.findIndex((size) => ms >= size));
  const first = Math.trunc(ms / sizes[at]);
  const second = at + 1 < sizes.length ? Math.trunc((ms % sizes[at]) / sizes[at + 1]) : 0;
  const said = units[at].replace("#", String(first));
  return second ? `${said} ${units[at + 1].replace("#", String(second))}` : said;
}

/** Lengths that grow, every second. */
function run() {
  for (const time of document.querySelectorAll("time[data-running]")) {
    const ms = Date.now() - Date.parse(time.dateTime);
    if (ms >= 1000) time.textContent = length(ms);
  }
}

/** Brings every relative time below `root` up to date. */
export function tick(root = document) {
  for (const element of root.querySelectorAll("time [data-ago], time[data-ago]")) {
    const time = element.closest("time");
    if (!time) continue;
    const ms = Date.now() - Date.parse(time.dateTime);
    if (Math.abs(ms) < 5000) continue;
    const text = words(ms);
    const shown = element === time ? text : `· ${text}`;
    if (element.textContent !== shown) element.textContent = shown;
  }
}

export function startTimes() {
  setInterval(() => document.hidden || tick(), 10000);
  setInterval(() => document.hidden || run(), 1000);
  document.addEventListener("visibilitychange", () => document.hidden || tick());
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.includes(`ek_zone=${encodeURIComponent(zone)}`)) {
    document.cookie = `ek_zone=${encodeURIComponent(zone)}; Path=/; Max-Age=31536000; SameSite=Lax`;
  }
}
