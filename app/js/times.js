// Relative times tick; the browser's zone is told to the server by a cookie.

const units = [["day", 86400000], ["hour", 3600000], ["minute", 60000], ["second", 1000]];

function words(ms, locale) {
  const ago = Math.abs(ms);
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "always", style: "short" });
  const [unit, size] = units.find(([, size]) => ago >= size) ?? units[3];
  return format.format(-Math.trunc(ms / size), unit);
}

/** Brings every relative time below `root` up to date. */
export function tick(root = document) {
  const locale = document.documentElement.lang;
  for (const element of root.querySelectorAll("[data-ago]")) {
    const time = element.closest("time");
    if (!time) continue;
    const ms = Date.now() - Date.parse(time.dateTime);
    if (Math.abs(ms) < 5000) continue;
    const text = words(ms, locale);
    const shown = element === time ? text : `· ${text}`;
    if (element.textContent !== shown) element.textContent = shown;
  }
}

export function startTimes() {
  setInterval(() => document.hidden || tick(), 10000);
  document.addEventListener("visibilitychange", () => document.hidden || tick());
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.includes(`ek_zone=${encodeURIComponent(zone)}`)) {
    document.cookie = `ek_zone=${encodeURIComponent(zone)}; Path=/; Max-Age=31536000; SameSite=Lax`;
  }
}
