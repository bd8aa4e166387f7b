// Every combination in which a page is looked at.
import assert from "node:assert/strict";
import { WIDTHS, axe, login, prefer, sticksOut, tooSmall, visitor } from "./browser.mjs";

export const MATRIX = ["light", "dark"].flatMap((theme) =>
  ["en", "zh"].flatMap((language) => Object.entries(WIDTHS).map(([name, width]) => ({ theme, language, width, name }))),
);

/**
 * One test for each language and width: each route without axe findings, without sideways scroll, with targets for
 * fingers, and without a word from the content policy. The second theme changes colours and nothing else, so it is put on
 * the page as it stands (the server writes that same attribute), and only contrast is measured again.
 */
export async function lookAt(t, browser, user, routes) {
  for (const look of MATRIX.filter((look) => look.theme === "light")) {
    await t.test(`${user}: ${look.language}, ${look.width} px`, async () => {
      const { context, page, violations } = await visitor(browser(), look);
      try {
        await login(page, user);
        await prefer(page, look);
        const wrong = [];
        for (const route of typeof routes === "function" ? await routes(page) : routes) {
          const answer = await page.goto(route, { waitUntil: "load" });
          if (answer.status() >= 400) wrong.push(`${route}: ${answer.status()}`);
          assert.equal(await page.getAttribute("html", "data-theme"), "light", route);
          for (const finding of await axe(page)) wrong.push(`${route}: axe ${finding}`);
          for (const what of await sticksOut(page)) wrong.push(`${route}: sticks out ${what}`);
          if (look.width === WIDTHS.phone) for (const what of await tooSmall(page)) wrong.push(`${route}: small ${what}`);
          await page.evaluate(() => {
            const root = document.documentElement;
            root.dataset.theme = "dark";
            // Chromium leaves inherited colours of light-dark() as they were until it lays out afresh.
            root.style.display = "none";
            root.getBoundingClientRect();
            root.style.display = "";
          });
          for (const finding of await axe(page, ["color-contrast"])) wrong.push(`${route}: dark axe ${finding}`);
        }
        assert.deepEqual([...wrong, ...violations], []);
      } finally {
        await context.close();
      }
    });
  }
}
