// What explains a span, the merchants and the report of a day: in every theme, language and width; without JavaScript, too.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { USERS, launch, visitAs } from "../lib/browser.mjs";
import { lookAt } from "../lib/matrix.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const HOUR = 3_600_000;
const at = (ms) => new Date(ms).toISOString();

/** The day of the last trouble of the demonstration: a link failed for a while. */
const PAGES = () => [
  "/transactions/explanation?from=now-6h&to=now",
  "/transactions/explanation?from=now-6h&to=now&looked=volume",
  `/transactions?from=${at(Date.now() - 3 * HOUR)}&to=${at(Date.now() - HOUR)}`,
  "/merchants",
  "/merchants/M0001",
  "/merchants/M0001/tell",
  "/reports/day",
  "/reports/day?date=today",
];

describe("explain", () => {
  test("its pages are accessible, fit and keep the policy", (t) => lookAt(t, () => browser, USERS.admin, async () => PAGES()));

  for (const javascript of [true, false]) {
    test(`two time fields explain a span ${javascript ? "with" : "without"} JavaScript`, () =>
      visitAs(browser, USERS.operations, { javascript }, async (page) => {
        await page.goto("/transactions/explanation");
        await page.locator(".range details summary").click();
        await page.fill(".range-own input[name=from]", "now-2h");
        await page.fill(".range-own input[name=to]", "now");
        await Promise.all([page.waitForURL(/from=now-2h/), page.locator(".range-own button").click()]);
        assert.match(await page.locator("#explanation").innerText(), /Nothing unusual|These slices explain it|It is global|Not enough to tell/);
        await page.goto("/merchants?sort=-volume");
        await Promise.all([page.waitForURL(/\/merchants\/M/), page.locator(".main .cell-main a").first().click()]);
        assert.equal(await page.locator("#merchant-contacts").count(), 1);
      }));
  }
});
