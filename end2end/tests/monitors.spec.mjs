// Monitors: made, watched and taken away by a person, with JavaScript and without.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { USERS, axe, launch, login, sticksOut, visitor, WIDTHS } from "../lib/browser.mjs";

let browser;
let target;
let status = 200;
before(async () => {
  browser = await launch();
  target = createServer((_, answer) => {
    answer.statusCode = status;
    answer.end("all is well");
  });
  await new Promise((resolve) => target.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  await browser.close();
  target.close();
});

const url = () => `http://127.0.0.1:${target.address().port}/health`;

/** Makes a monitor through the form; gives its path. */
async function make(page, name) {
  await page.goto("/monitors/new");
  await page.fill("input[name=name]", name);
  await page.selectOption("select[name=system]", { index: 1 });
  await page.fill("input[name=url]", url());
  await page.fill("input[name=interval]", "5s");
  await page.fill("input[name=timeout]", "2s");
  await page.fill("input[name=needed]", "1");
  await page.click("main form.form button[type=submit]");
  await page.waitForURL(/\/monitors\/[0-9a-f-]{36}$/);
  return new URL(page.url()).pathname;
}

async function remove(page, path, name) {
  await page.goto(path);
  await page.click("details.confirm summary:last-of-type >> nth=-1");
  await page.fill("input[name=confirm]", name);
  await page.click("form[action$='/delete'] button[type=submit]");
  await page.waitForURL(/\/monitors$/);
}

describe("monitors", () => {
  test("without JavaScript a monitor is made, wrong entries are kept, checked and deleted", async () => {
    const { context, page } = await visitor(browser, { javascript: false });
    await login(page, USERS.admin);
    await page.goto("/monitors/new");
    await page.fill("input[name=name]", "kept as typed");
    await page.fill("input[name=interval]", "1s");
    await page.click("main form.form button[type=submit]");
    assert.equal(await page.inputValue("input[name=name]"), "kept as typed");
    assert.equal(await page.getAttribute("input[name=interval]", "aria-invalid"), "true");
    const path = await make(page, "plain monitor");
    await page.click(`form[action='${path}/check'] button`);
    await page.waitForURL(`**${path}`);
    assert.ok((await page.locator("#monitor-results tbody tr").count()) > 0, "the results are a table");
    assert.ok((await page.locator("#monitor-latency table").count()) > 0, "the chart's data is a table");
    await remove(page, path, "plain monitor");
    await context.close();
  });

  test("the page of a monitor follows it down and up by itself", async () => {
    const { context, page, violations } = await visitor(browser);
    await login(page, USERS.admin);
    status = 200;
    const path = await make(page, "followed monitor");
    const badge = page.locator("#monitor-now .badge").first();
    await badge.filter({ hasText: "up" }).waitFor({ timeout: 15_000 });
    status = 503;
    await badge.filter({ hasText: "down" }).waitFor({ timeout: 15_000 });
    status = 200;
    await badge.filter({ hasText: "up" }).waitFor({ timeout: 15_000 });
    await page.locator("#monitor-latency .uplot").waitFor({ timeout: 15_000 });
    assert.deepEqual(violations, []);
    await remove(page, path, "followed monitor");
    await context.close();
  });

  test("the form and the list are accessible and fit a phone", async () => {
    for (const path of ["/monitors", "/monitors/import", ...["http", "tcp", "tls", "dns", "icmp", "grpc", "postgres", "heartbeat"].map((kind) => `/monitors/new?kind=${kind}`)]) {
      const { context, page } = await visitor(browser, { width: WIDTHS.phone });
      await login(page, USERS.admin);
      await page.goto(path);
      assert.deepEqual(await axe(page), [], path);
      assert.deepEqual(await sticksOut(page), [], path);
      await context.close();
    }
  });
});
