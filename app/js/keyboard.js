// Single keys. Off where a person switched them off, and while something is typed.
import { openPalette } from "./palette.js";

const places = { o: "/", a: "/alerts", i: "/incidents", t: "/transactions", m: "/monitors", c: "/changes" };

let leading = 0;

function typing(target) {
  return target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;
}

function rows() {
  return [...document.querySelectorAll(".main tr[data-row], .main .table tbody tr")].filter((row) => row.offsetParent !== null);
}

function cursor() {
  return document.querySelector("tr[data-cursor]");
}

function step(by) {
  const all = rows();
  if (all.length === 0) return;
  const at = all.indexOf(cursor());
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by))];
  cursor()?.removeAttribute("data-cursor");
  next.setAttribute("data-cursor", "");
  next.scrollIntoView({ block: "nearest" });
  (next.querySelector(".cell-main a, a") ?? next).focus({ preventScroll: true });
}

/** The thing that has the given key: in the row under the cursor first, then on the page. */
function press(key) {
  const at = `[data-key="${CSS.escape(key)}"]`;
  const thing = cursor()?.querySelector(at) ?? document.querySelector(`.page-acts ${at}`) ?? document.querySelector(`.main ${at}`);
  if (!thing) return false;
  if (thing instanceof HTMLFormElement) thing.requestSubmit();
  else thing.click();
  return true;
}

function help() {
  const dialog = document.getElementById("keys");
  if (dialog && !dialog.open) dialog.showModal();
}

export function startKeyboard() {
  for (const button of document.querySelectorAll("[data-keys]")) {
    if (button !== document.documentElement) button.addEventListener("click", help);
  }
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    const off = document.documentElement.dataset.keys === "off";
    if (off || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (performance.now() - leading < 1200 && places[event.key]) {
      leading = 0;
      event.preventDefault();
      location.assign(places[event.key]);
      return;
    }
    leading = 0;
    switch (event.key) {
      case "g":
        leading = performance.now();
        break;
      case "j":
        step(1);
        break;
      case "k":
        step(-1);
        break;
      case "x":
        cursor()?.querySelector("input[type=checkbox]")?.click();
        break;
      case "/": {
        const search = document.querySelector(".main [data-search]");
        search?.closest("details")?.setAttribute("open", "");
        event.preventDefault();
        if (search) search.focus();
        else openPalette();
        break;
      }
      case "?":
        help();
        break;
      case "Enter":
        if (event.target === document.body) cursor()?.querySelector(".cell-main a, a")?.click();
        break;
      default:
        if (event.key.length === 1 && press(event.key)) event.preventDefault();
    }
  });
}
