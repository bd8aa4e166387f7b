// Metric sources, rules and objectives: made by a person, tried before they are saved, taken away again.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { USERS, launch, login, visitor } from "../lib/browser.mjs";
import { lookAt } from "../lib/matrix.mjs";

const PAGE = "# TYPE queue_length gauge\n# HELP queue_length Orders that wait\nqueue_length{queue=\"orders\"} 7\n# TYPE orders_total counter\norders_total 12\n";

let browser;
let target;
before(async () => {
  browser = await launch();
  target = createServer((_, answer) => {
    answer.setHeader("content-type", "text/plain; version=0.0.4");
    answer.end(PAGE);
  });
  await new Promise((resolve) => target.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  await browser.close();
  target.close();
});

/** Deletes what the page is about, by typing its name. */
async function remove(page, path, name) {
  await page.goto(path);
  await page.click(".confirm summary");
  await page.fill(".confirm input[name=confirm]", name);
  await page.click(".confirm button[type=submit]");
  await page.waitForURL(/\/(sources|rules|objectives)$/);
}

/** The first source, rule and objective of the demonstration, with these endings. */
async function behind(page, endings) {
  const found = [];
  for (const list of ["/sources", "/rules", "/objectives"]) {
    await page.goto(list);
    const detail = await page.locator(".main .cell-main a").first().getAttribute("href");
    found.push(...endings.map((ending) => detail + ending));
  }
  return found;
}

/** How the form names the gateway. */
async function gateway(page) {
  const labels = await page.$$eval("select[name=system] option", (options) => options.map((option) => option.textContent));
  return labels.find((label) => label.includes("gateway"));
}

describe("rules", () => {
  test("a person chooses what is kept and makes a rule of it, without JavaScript", async () => {
    const { context, page } = await visitor(browser, { javascript: false });
    try {
      await login(page, USERS.admin);
      await page.goto("/sources/new");
      await page.fill("input[name=name]", "e2e numbers");
      await page.selectOption("select[name=system]", { index: 1 });
      await page.fill("input[name=url]", `http://127.0.0.1:${target.address().port}/metrics`);
      await page.click("main form.form button[type=submit]");
      await page.waitForURL(/\/sources\/[0-9a-f-]{36}$/);
      const source = new URL(page.url()).pathname;
      await page.click(`form[action="${source}/ask"] button`);
      await page.goto(`${source}/choose`);
      assert.match(await page.textContent("main"), /Orders that wait/);
      await page.check("input[name=metric][value=queue_length]");
      await page.click("main form.form button[type=submit]");
      await page.waitForURL(new RegExp(`${source}$`));
      await page.click(`form[action="${source}/ask"] button`);
      assert.match(await page.textContent("main"), /queue_length\{queue="orders"\}/);
      await page.goto(`/rules/new?kind=kept&source=${source.split("/").pop()}`);
      await page.fill("input[name=name]", "e2e queue");
      await page.selectOption("select[name=system]", { index: 1 });
      await page.fill("input[name=selector]", "queue_length");
      await page.fill("input[name=fire]", "1000");
      await page.click("button[name=act][value=try]");
      assert.match(await page.textContent("main"), /It would have fired never/);
      assert.equal(await page.inputValue("input[name=name]"), "e2e queue");
      await page.click("main form.form .form-acts button[data-kind=primary]");
      await page.waitForURL(/\/rules\/[0-9a-f-]{36}$/);
      const rule = new URL(page.url()).pathname;
      assert.match(await page.textContent("main"), /Bad above 1,?000/);
      await remove(page, rule, "e2e queue");
      await remove(page, source, "e2e numbers");
    } finally {
      await context.close();
    }
  });

  test("every page and form is accessible, fits and keeps the policy", (t) =>
    lookAt(t, () => browser, USERS.admin, [
      "/sources",
      "/sources/new?kind=scrape",
      "/sources/new?kind=query",
      "/rules",
      "/rules/new?kind=transactions",
      "/rules/new?kind=unusual",
      "/rules/new?kind=query",
      "/rules/new?kind=kept",
      "/rules/import",
      "/objectives",
      "/objectives/new?kind=success",
      "/objectives/new?kind=latency",
      "/objectives/new?kind=query",
      "/admin/locations",
    ]));

  test("their details and forms, too", (t) =>
    lookAt(t, () => browser, USERS.admin, (page) => behind(page, ["", "/edit"])));

  test("and as somebody who may only read", (t) =>
    lookAt(t, () => browser, USERS.viewer, async (page) => ["/sources", "/rules", "/objectives", ...(await behind(page, [""]))]));

  test("an objective is made, counted, exported and deleted without JavaScript", async () => {
    const { context, page, violations } = await visitor(browser, { javascript: false });
    try {
      await login(page, USERS.admin);
      await page.goto("/objectives/new?kind=success");
      await page.fill("input[name=name]", "e2e objective");
      await page.fill("input[name=target]", "101");
      await page.click("main form.form .form-acts button[data-kind=primary]");
      assert.equal(await page.inputValue("input[name=name]"), "e2e objective");
      assert.match(await page.locator("[role=alert]").innerText(), /50 to 99\.999/);
      await page.selectOption("select[name=system]", { label: await gateway(page) });
      await page.fill("input[name=target]", "90");
      await page.fill("input[name=excused]", "51, 05");
      await page.click("main form.form .form-acts button[data-kind=primary]");
      await page.waitForURL(/\/objectives\/[0-9a-f-]{36}$/);
      const objective = new URL(page.url()).pathname;
      const end = Date.now() + 30_000;
      while (!/of [\d,]+ went wrong/.test(await page.textContent("main"))) {
        assert.ok(Date.now() < end, "it is counted within half a minute");
        await new Promise((resolve) => setTimeout(resolve, 500));
        await page.goto(objective);
      }
      // The chart is a table, too.
      await page.click("#objective-budget .data-table summary");
      assert.ok((await page.locator("#objective-budget .data-table tbody tr").count()) > 24);
      const csv = await page.request.get(`${objective}/hours.csv`);
      assert.equal(csv.status(), 200);
      assert.match(await csv.text(), /from_utc,from_local,total,bad,budget_left/);
      assert.match(await (await page.request.get("/objectives.csv?q=e2e")).text(), /e2e objective,gateway,success,90/);
      await remove(page, objective, "e2e objective");
      assert.deepEqual(violations, []);
    } finally {
      await context.close();
    }
  });
});
