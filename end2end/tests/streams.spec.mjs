// Streams with dimensions of their own: declared, looked at, explained; a table that is taken by hand without JavaScript.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { USERS, launch, visitAs } from "../lib/browser.mjs";
import { lookAt } from "../lib/matrix.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const STREAM = "gateway%2Fbooking";

/** The address of the demonstration's second stream. */
async function booking(page) {
  await page.goto("/streams?q=booking");
  return page.locator(".main tbody .cell-main a").first().getAttribute("href");
}

async function routes(page) {
  const detail = await booking(page);
  const own = [detail, `${detail}/edit`, `${detail}/upload`];
  const read = [`/transactions?stream=${STREAM}`, `/transactions/explanation?from=now-6h&to=now&stream=${STREAM}`];
  return ["/streams", "/streams/new", ...own, ...read];
}

describe("streams", () => {
  test("their pages are accessible, fit and keep the policy", (t) => lookAt(t, () => browser, USERS.admin, routes));

  for (const javascript of [true, false]) {
    const how = javascript ? "with" : "without";
    test(`a second stream is told apart and explained by its own dimensions ${how} JavaScript`, () =>
      visitAs(browser, USERS.operations, { javascript }, async (page) => {
        await page.goto(`/transactions?from=now-6h&to=now&stream=${STREAM}`);
        const tables = await page.locator(".main").innerText();
        for (const dimension of ["Route", "Agent", "Device"]) assert.ok(tables.includes(dimension), dimension);
        assert.ok(!tables.includes("Merchant"));
        await Promise.all([page.waitForURL(/route=/), page.locator(".main a", { hasText: "PEK-SHA" }).first().click()]);
        await page.goto(`/transactions/explanation?from=now-6h&to=now&stream=${STREAM}`);
        assert.match(await page.locator("#explanation").innerText(), /Nothing unusual|These slices explain it|It is global|Not enough to tell/);
      }));

    test(`a table is looked at and counted once ${how} JavaScript`, () =>
      visitAs(browser, USERS.admin, { javascript }, async (page) => {
        await page.goto(`${await booking(page)}/upload`);
        const at = new Date(Date.now() - 60_000).toISOString();
        // The fourth line is empty; the fifth says no time.
        const table = `Time;route;agent;Result\n${at};PEK-SHA;A001;OK\n${at};PEK-SHA;${how};TIMEOUT\n\nnoon;PEK-SHA;A001;OK\n`;
        await page.setInputFiles("input[type=file]", { name: "day.csv", mimeType: "text/csv", buffer: Buffer.from(table) });
        await page.locator(".main form button").click();
        await page.locator("select[name=code]").selectOption("Result");
        await page.locator("button[value=look]").click();
        await page.getByText("Line 5, Time “noon”").waitFor();
        await page.locator("button[value=take]").click();
        await page.getByText("2 rows counted, 1 refused").waitFor();
        await page.getByText("Line 5, Time “noon”").waitFor();
      }));
  }
});
