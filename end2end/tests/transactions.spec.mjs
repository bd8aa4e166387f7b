// Transactions: which slice broke? The span, the way down by clicks, last week beside it, the files, and nothing there yet;
// with JavaScript and without.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { URL_OF_PORTAL, USERS, launch, visitAs } from "../lib/browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const as = (user, options, act) => visitAs(browser, user, options, act);

/** A whole hour that is over, so that nothing is added to it while we count. */
const HOUR = 3_600_000;
const began = Math.floor(Date.now() / HOUR) * HOUR - 2 * HOUR;
const at = (ms) => new Date(ms).toISOString();
const SPAN = `from=${at(began)}&to=${at(began + HOUR)}`;

const number = (text) => Number(text.replace(/[^0-9]/g, ""));

/** The exact figure of a card. */
async function exact(page, label) {
  const card = page.locator(".kpi", { has: page.getByText(label, { exact: true }) });
  return number(await card.locator(".kpi-note").first().textContent());
}

const rows = (page, panel) => page.locator(`#transactions-${panel} tbody tr`);

/** The first row of a table that can be chosen: its name, its count, its link. */
async function first(page, panel) {
  const row = rows(page, panel).filter({ has: page.locator("a") }).first();
  return { name: await row.locator("a").textContent(), count: number(await row.locator("td.number").first().textContent()), link: row.locator("a") };
}

/** Down to one merchant and one link, and up again: the same with JavaScript and without. */
async function drill(page) {
  await page.goto(`/transactions?${SPAN}&sort=volume`);
  const all = await exact(page, "Transactions");
  assert.ok(all > 0, "the demonstration has transactions");
  const merchant = await first(page, "merchants");
  await Promise.all([page.waitForURL(/merchant=/), merchant.link.click()]);
  assert.equal(await exact(page, "Transactions"), merchant.count, "the figure is that of the row");
  assert.deepEqual(await rows(page, "merchants").locator("th").allTextContents(), [merchant.name]);
  const link = await first(page, "links");
  assert.ok(link.count <= merchant.count);
  await Promise.all([page.waitForURL(/link=/), link.link.click()]);
  assert.equal(await exact(page, "Transactions"), link.count);
  assert.equal(await page.locator(".chip").count(), 2);
  // Each choice takes itself away; the span stays.
  await Promise.all([page.waitForURL((url) => !url.search.includes("merchant=")), page.locator(".chip", { hasText: merchant.name }).click()]);
  assert.ok(page.url().includes(encodeURIComponent(at(began)).slice(0, 10)));
  assert.ok((await exact(page, "Transactions")) >= link.count);
  await Promise.all([page.waitForURL((url) => !url.search.includes("link=")), page.locator(".chips .button").click()]);
  assert.equal(await exact(page, "Transactions"), all);
}

describe("transactions", () => {
  test("a span is chosen by a preset and by hand, and what is wrong is said", () =>
    as(USERS.analyst, {}, async (page) => {
      await page.goto("/transactions");
      const shown = () => page.locator(".range-shown").getAttribute("data-from");
      const before = await shown();
      await Promise.all([page.waitForURL(/from=now-24h/), page.locator(".range .facets a[href*='from=now-24h']").click()]);
      assert.ok(Date.parse(await shown()) < Date.parse(before) - 10 * HOUR, "the span is longer");
      await page.locator("#transactions-live .uplot").first().waitFor({ timeout: 15_000 });
      await page.click(".range details summary");
      await page.fill(".range-own [name=from]", "now-2h");
      await page.fill(".range-own [name=to]", "now-1h");
      await Promise.all([page.waitForURL(/from=now-2h/), page.click(".range-own button")]);
      const { from, to } = await page.$eval(".range-shown", (e) => ({ from: Date.parse(e.dataset.from), to: Date.parse(e.dataset.to) }));
      assert.ok(Math.abs(to - from - HOUR) <= 120_000, "an hour, on whole minutes");
      const answer = await page.goto("/transactions?from=yesterdayish");
      assert.equal(answer.status(), 422);
      assert.match(await page.textContent("main"), /yesterdayish/);
    }));

  test("a click on a value goes down, a click on its chip comes up", () => as(USERS.analyst, {}, drill));
  test("the same way without JavaScript, the charts as tables", () =>
    as(USERS.analyst, { javascript: false }, async (page) => {
      await drill(page);
      assert.ok((await page.locator(".transactions-chart table tbody tr").count()) > 10);
      await page.locator("#transactions-live .facets a[href*='sort=rate']").click();
      assert.match(page.url(), /sort=rate/);
      const rates = await rows(page, "merchants").locator("td.number:nth-of-type(4)").allTextContents();
      const shares = rates.map((text) => Number.parseFloat(text)).filter((share) => !Number.isNaN(share));
      assert.deepEqual(shares, [...shares].sort((a, b) => a - b), "the worst stands first");
    }));

  test("codes are a Pareto, and choose too", () =>
    as(USERS.analyst, {}, async (page) => {
      await page.goto("/transactions?from=now-24h");
      const failed = page.locator("#transactions-codes tbody a").first();
      const code = await failed.textContent();
      await Promise.all([page.waitForURL(/code=/), failed.click()]);
      assert.equal(await page.locator(".chip", { hasText: code }).count(), 1);
      // Success by code is not known, and not made up.
      assert.match(await page.textContent(".kpis"), /not told by code/);
    }));

  test("last week stands beside it", () =>
    as(USERS.analyst, {}, async (page) => {
      // The older weeks of the demonstration come in behind the pages.
      const api = async () => (await page.request.get(`/api/v1/transactions?${SPAN}`)).json();
      let analysis = await api();
      for (let tries = 0; analysis.before.total === 0 && tries < 120; tries++) {
        await page.waitForTimeout(1_000);
        analysis = await api();
      }
      assert.ok(analysis.before.total > 0, "there was a last week");
      assert.equal(analysis.span.from - analysis.before_span.from, 7 * 24 * HOUR);
      await page.goto(`/transactions?${SPAN}`);
      assert.match(await page.textContent(".kpis"), /same span last week/);
      assert.match(await page.textContent(".transactions-chart"), /same span last week/);
      const columns = await page.locator("#transactions-links thead th").allTextContents();
      assert.ok(columns.includes("Failures last week"), columns.join());
      // What the rate changed by stands beneath it.
      const rates = page.locator("#transactions-links .transactions-rate");
      assert.ok((await rates.count()) > 0);
      for (const text of await rates.allInnerTexts()) assert.match(text, /%\s+[+−±][\d.]+ pp (up|down|unchanged)/);
    }));

  test("the files hold what the page shows", () =>
    as(USERS.analyst, {}, async (page) => {
      // Not every stream has merchants: of one that has.
      await page.goto(`/transactions?${SPAN}&stream=gateway`);
      const all = await exact(page, "Transactions");
      for (const [label, column] of [
        ["CSV over time", "from_utc"],
        ["CSV by merchant", "value"],
      ]) {
        const href = await page.getByRole("link", { name: label }).getAttribute("href");
        const answer = await page.request.get(href);
        assert.equal(answer.status(), 200);
        assert.match(answer.headers()["content-type"], /text\/csv/);
        const [head, ...lines] = (await answer.text()).replace(/^\uFEFF/, "").trim().split(/\r?\n/).map((line) => line.split(","));
        assert.equal(head[0], column);
        const count = head.indexOf("transactions");
        assert.equal(lines.reduce((sum, line) => sum + Number(line[count]), 0), all, label);
      }
    }));

  test("whoever may not export is offered none", () =>
    as(USERS.viewer, {}, async (page) => {
      await page.goto("/transactions");
      assert.equal(await page.getByRole("link", { name: "CSV over time" }).count(), 0);
      assert.equal((await page.request.get("/transactions.csv?by=merchant")).status(), 403);
    }));

  test("nothing under a choice, and nothing at all, say what to do", () =>
    as(USERS.admin, {}, async (page) => {
      await page.goto("/transactions?merchant=nobody-of-that-name");
      assert.match(await page.textContent("main .empty"), /No transactions in this span under this choice/);
      assert.equal(await page.locator(".chip").count(), 1);
      const headers = { origin: new URL(URL_OF_PORTAL).origin };
      const key = `quiet-${Date.now() % 100_000}`;
      const data = { key, name: "Quiet system", team: "payments", tier: 4 };
      const made = await page.request.post("/api/v1/systems", { headers, data });
      assert.equal(made.status(), 201, await made.text());
      await page.goto(`/transactions?system=${key}`);
      assert.match(await page.textContent("main .empty"), /No transactions yet/);
      assert.match(await page.textContent(".transactions-example"), /curl http.*\/api\/v1\/transactions/);
      assert.equal((await page.request.delete(`/api/v1/systems/${(await made.json()).id}`, { headers })).status(), 204);
    }));
});
