// The command palette: Ctrl K, or the search in the top bar. Filled from /search, which is a page without this.

let palette;
let input;
let list;
let asked = 0;

function render(rows) {
  list.replaceChildren();
  if (rows.length === 0 && input.value.trim()) {
    const none = document.createElement("p");
    none.className = "palette-note";
    none.textContent = list.dataset.none;
    list.append(none);
  }
  rows.forEach((row, i) => {
    const option = document.createElement("div");
    option.id = `found-${i}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", String(i === 0));
    option.dataset.href = row.href;
    for (const [name, text] of [["kind", row.kind], ["title", row.title], ["sub", row.subtitle]]) {
      const span = document.createElement("span");
      span.className = `found-${name}`;
      span.textContent = text;
      option.append(span);
    }
    list.append(option);
  });
  mark(0);
}

function options() {
  return [...list.querySelectorAll("[role=option]")];
}

function mark(index) {
  const all = options();
  const at = Math.max(0, Math.min(index, all.length - 1));
  all.forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
  if (all[at]) {
    input.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  } else {
    input.removeAttribute("aria-activedescendant");
  }
}

function marked() {
  return options().findIndex((option) => option.getAttribute("aria-selected") === "true");
}

async function ask() {
  const turn = ++asked;
  const text = input.value.trim();
  if (!text) {
    render(pages());
    return;
  }
  try {
    const answer = await fetch(`/search?q=${encodeURIComponent(text)}`, { headers: { accept: "application/json" } });
    if (turn === asked && answer.ok) render(await answer.json());
  } catch {
    // The page stays as it is; the search page says more.
  }
}

/** Before anything is typed: the pages of the navigation. */
function pages() {
  return [...document.querySelectorAll(".rail .rail-link[href]")].map((link) => ({
    kind: link.closest(".rail-group").querySelector(".rail-title").textContent,
    title: link.querySelector(".rail-word").textContent,
    subtitle: "",
    href: link.getAttribute("href"),
  }));
}

/** Opens the palette. */
export function openPalette() {
  if (!palette || palette.open) return;
  input.value = "";
  render(pages());
  palette.showModal();
  input.focus();
}

export function startPalette() {
  palette = document.getElementById("palette");
  if (!palette) return;
  input = document.getElementById("palette-text");
  list = document.getElementById("palette-found");
  let timer;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 90);
  });
  input.addEventListener("keydown", async (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(marked() + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      clearTimeout(timer);
      if (input.value.trim()) await ask();
      const chosen = options()[Math.max(0, marked())];
      if (chosen) location.assign(chosen.dataset.href);
    }
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.href);
  });
  palette.addEventListener("click", (event) => {
    if (event.target === palette) palette.close();
  });
  for (const link of document.querySelectorAll("[data-palette]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      openPalette();
    });
  }
}
