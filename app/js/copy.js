// Copying: values, and links whose relative span is frozen, so that whoever opens them sees the same.

/** Says something once, politely. */
export function say(text) {
  const toasts = document.querySelector(".toasts");
  if (!toasts) return;
  const toast = document.createElement("p");
  toast.className = "toast";
  const words = document.createElement("span");
  words.textContent = text;
  toast.append(words);
  toasts.append(toast);
  setTimeout(() => toast.remove(), 3000);
}

/** The URL of this page with `now-6h` and the like replaced by the moments that are shown. */
export function frozen() {
  const url = new URL(location.href);
  const shown = document.querySelector("[data-from][data-to]");
  if (shown) {
    url.searchParams.set("from", shown.dataset.from);
    url.searchParams.set("to", shown.dataset.to);
  }
  return url.href;
}

export function startCopying() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-link]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy ?? frozen());
      say(button.dataset.done);
    } catch {
      // Without a secure context there is no clipboard: the text is selected for the hand instead.
      const code = button.parentElement.querySelector("code");
      if (code) getSelection().selectAllChildren(code);
      else history.replaceState(null, "", frozen());
    }
  });
}
