// What the frame does with JavaScript: nothing that could not be done without it.
import { startKeyboard } from "./keyboard.js";
import { startPalette } from "./palette.js";
import { startLive } from "./live.js";
import { startTimes } from "./times.js";
import { startCopying } from "./copy.js";
import { startLogs } from "./log.js";
import { startPush } from "./push.js";

const root = document.documentElement;
root.dataset.js = "";

// A refused act answers with its page, but under the address of the act, where nobody can read it again.
if (root.dataset.address) history.replaceState(history.state, "", root.dataset.address);

startTimes();
startCopying();
startPalette();
startKeyboard();
startLogs();
startPush();
startLive();
if (document.getElementById("changes-move")) import("./move.js").then((part) => part.startMoving());

// The rail folds; the server knows from the cookie, so that the next page does not jump.
document.querySelector("[data-fold]")?.addEventListener("click", () => {
  const narrow = root.dataset.rail !== "narrow";
  if (narrow) root.dataset.rail = "narrow";
  else delete root.dataset.rail;
  document.cookie = `ek_rail=${narrow ? "narrow" : "wide"}; Path=/; Max-Age=31536000; SameSite=Lax`;
});

// The wall has a clock, and is left with Escape.
const clock = document.querySelector("[data-clock]");
if (clock) {
  const words = new Intl.DateTimeFormat("sv-SE", { timeZone: root.dataset.zone, hour: "2-digit", minute: "2-digit" });
  setInterval(() => (clock.textContent = words.format(new Date())), 1000);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelector(".wall-frame a").click();
  });
}

// Menus close when something else is pressed, or on Escape.
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.menu[open], details.more[open], details.confirm[open], .range details[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.menu[open], details.more[open], details.confirm[open], .range details[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// A choice in a filter applies at once.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form?.requestSubmit();
});

// A confirmation passes by: it was said politely, and leaves after six seconds unless somebody is at it.
document.addEventListener("click", (event) => {
  const dismiss = event.target.closest("[data-dismiss]");
  if (!dismiss) return;
  event.preventDefault();
  dismiss.closest(".toast").remove();
});
for (const toast of document.querySelectorAll(".toast")) {
  setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), 6000);
}

// The same form is not sent twice by an impatient hand.
document.addEventListener("submit", (event) => {
  const form = event.target;
  // What a script of ours holds back is not sent yet: it submits later.
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 4000);
});

// What was refused takes the focus, also where the browser does not honour autofocus on it.
document.getElementById("error-summary")?.focus();
