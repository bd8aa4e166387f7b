// Every combination in which a page is looked at.
import assert from "node:assert/strict";
import { WIDTHS, axe, login, prefer, sticksOut, tooSmall, visitor } from "./browser.mjs";

export const MATRIX = ["light", "dark"].flatMap((theme) =>
  ["en", "zh"].flatMap((language) => Object.entries(WIDTHS).map(([name, width]) => ({ theme, language, width, name }))),
);

/**
 * One test per combination: each route without axe findings, without sideways scroll, with targets for fingers, and
 * without a word from the content policy.
 */
export function lookAt(t, browser, user, routes) {
  return Promise.all([]).then(async () => {
    for (const look of MATRIX) {
      await t.test(`${user}: ${look.theme}, ${look.language}, ${look.width} px`, async () => {
        const { context, page, violations } = await visitor(browser(), look);
        try {
          await login(page, user);
          await prefer(page, look);
          const wrong = [];
          for (const route of typeof routes === "function" ? await routes(page) : routes) {
            const answer = await page.goto(route, { waitUntil: "load" });
            if (answer.status() >= 400) wrong.push(`${route}: ${answer.status()}`);
            for (const finding of await axe(page)) wrong.push(`${route}: axe ${finding}`);
            for (const what of await sticksOut(page)) wrong.push(`${route}: sticks out ${what}`);
            if (look.width === WIDTHS.phone) for (const what of await tooSmall(page)) wrong.push(`${route}: small ${what}`);
          }
          assert.deepEqual([...wrong, ...violations], []);
        } finally {
          await context.close();
        }
      });
    }
  });
}
