// The browser: Debian's Chromium through playwright-core; contexts that count every violation of the content policy.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const AXE = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");

/** Where the portal is; `run.mjs` starts one and tells. */
export const URL_OF_PORTAL = process.env.EVENKEEL_URL;

/** Password of every user of the demonstration. */
export const PASSWORD = process.env.EVENKEEL_PASSWORD ?? "demo-evenkeel";

/** Login names of the demonstration, by role. */
export const USERS = {
  viewer: "viewer",
  firstline: "firstline",
  operations: "operations",
  release: "release",
  analyst: "analyst",
  approver: "approver",
  admin: "admin",
};

/** The widths at which pages are looked at. */
export const WIDTHS = { phone: 375, desk: 1440 };

/** Starts the browser. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"],
  });
}

/**
 * A fresh context. `violations` fills with everything the content policy refused and every script error.
 * @returns {Promise<{context: import("playwright-core").BrowserContext, page: import("playwright-core").Page, violations: string[]}>}
 */
export async function visitor(browser, { width = WIDTHS.desk, theme = "light", language = "en", javascript = true } = {}) {
  const phone = width < 600;
  const context = await browser.newContext({
    baseURL: URL_OF_PORTAL,
    viewport: { width, height: phone ? 812 : 900 },
    hasTouch: phone,
    isMobile: phone,
    colorScheme: theme,
    locale: language === "zh" ? "zh-CN" : "en-GB",
    timezoneId: "Asia/Shanghai",
    javaScriptEnabled: javascript,
    reducedMotion: "reduce",
  });
  const violations = [];
  const page = await context.newPage();
  page.on("console", (message) => {
    // axe tries styles of its own; only the page's own offences count.
    if (!page.measuring && /content security policy|refused to/i.test(message.text())) violations.push(`${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => violations.push(`${page.url()}: ${error}`));
  return { context, page, violations };
}

/** Logs in as a user of the demonstration, and chooses English: an earlier test may have chosen otherwise. */
export async function login(page, user, password = PASSWORD) {
  await page.goto("/login");
  await page.fill("input[name=login]", user);
  await page.fill("input[name=password]", password);
  await Promise.all([page.waitForURL((url) => !url.pathname.startsWith("/login")), page.click("main button[type=submit]")]);
  await prefer(page, { language: "en", theme: "system" });
}

/** Acts as a user in a fresh context, and holds the page to the content policy. */
export async function visitAs(browser, user, options, act) {
  const { context, page, violations } = await visitor(browser, options);
  try {
    await login(page, user);
    await act(page);
    assert.deepEqual(violations, []);
  } finally {
    await context.close();
  }
}

/** Sets language and theme as a person would: by the form in the frame. */
export async function prefer(page, { language, theme }) {
  const form = {};
  if (language) form.language = language === "zh" ? "zh-CN" : "en";
  if (theme) form.theme = theme;
  await page.request.post("/preferences", { form, headers: { origin: new URL(URL_OF_PORTAL).origin } });
}

/** What axe finds wrong, as readable lines; an empty list is the goal. `rules` are all of the standards below unless given. */
export async function axe(page, rules) {
  // What the sticky bar happens to cover after scrolling is no target that is too small.
  await page.evaluate(() => scrollTo(0, 0));
  page.measuring = true;
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    (runOnly) => window.axe.run(document, { preload: false, resultTypes: ["violations"], runOnly }),
    rules ? { type: "rule", values: rules } : { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
  );
  page.measuring = false;
  return violations.flatMap((v) => v.nodes.map((node) => `${v.id}: ${node.target.join(" ")} — ${v.help} — ${node.failureSummary?.split("\n")[1]?.trim() ?? ""}`));
}

/** Pixels by which the page is wider than the window; 0 is the goal. Names what sticks out. */
export async function sticksOut(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const out = [...document.querySelectorAll("body *")].filter((e) => {
      const box = e.getBoundingClientRect();
      return box.right > width + 1 && box.width > 0 && getComputedStyle(e).position !== "fixed" && !e.closest(".table-wrap, .log-lines, pre, .tabs");
    });
    return [`${document.documentElement.scrollWidth} > ${width}`, ...out.slice(0, 5).map((e) => `${e.tagName}.${e.className}`)];
  });
}

/** Things to press that are smaller than a fingertip on a phone. Links within sentences are exempt (WCAG 2.5.8). */
export async function tooSmall(page, least = 44) {
  return page.evaluate((least) => {
    const seen = (e) => e.checkVisibility() && !e.closest(".visually-hidden, .skip");
    const inText = (e) => e.tagName === "A" && getComputedStyle(e).display === "inline";
    return [...document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select, textarea")]
      .filter((e) => seen(e) && !inText(e) && !e.closest("svg, .uplot, .log-lines"))
      .filter((e) => {
        const box = (e.closest("label.check") ?? e).getBoundingClientRect();
        return box.height > 0 && box.height < least - 0.5;
      })
      .map((e) => `${e.tagName.toLowerCase()}.${e.className} “${e.textContent.trim().slice(0, 30)}” ${Math.round(e.getBoundingClientRect().height)} px`);
  }, least);
}
