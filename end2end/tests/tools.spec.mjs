// Tools: a typed form, a dry run and a run without JavaScript; a live log with it; every page in every look.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { USERS, launch, login, visitor } from "../lib/browser.mjs";
import { lookAt } from "../lib/matrix.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

async function open(page, name) {
  await page.goto("/tools");
  await Promise.all([page.waitForURL(/\/tools\/[0-9a-f-]{36}/), page.getByRole("link", { name }).first().click()]);
}

describe("tools", () => {
  test("the first line runs a safe tool without JavaScript", async () => {
    const { context, page } = await visitor(browser, { javascript: false });
    try {
      await login(page, USERS.firstline);
      await open(page, /Look at a service/);
      await page.selectOption("[name='p.service']", "gateway");
      await page.fill("[name='p.times']", "99");
      await page.click("button[name=act][value=run]");
      assert.ok((await page.locator("#error-summary li").count()) >= 1);
      assert.equal(await page.inputValue("[name='p.times']"), "99");
      await page.fill("[name='p.times']", "2");
      await page.click("button[name=act][value=preview]");
      assert.match(await page.textContent("#tools-preview"), /demo-fault/);
      await page.click("button[name=act][value=run]");
      assert.match(page.url(), /\/runs\//);
      for (let i = 0; i < 60 && !/succeeded/.test(await page.textContent("#runs-state")); i++) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        await page.reload();
      }
      assert.match(await page.textContent("#runs-log"), /gateway: look 2: 200/);
      await open(page, /Break a service/);
      assert.equal(await page.locator("button[name=act][value=run]").count(), 0);
    } finally {
      await context.close();
    }
  });

  test("a log is followed while it is written", async () => {
    const { context, page, violations } = await visitor(browser);
    try {
      await login(page, USERS.operations);
      await open(page, /Look at a service/);
      await page.selectOption("[name='p.service']", "ledger");
      await page.fill("[name='p.times']", "6");
      await Promise.all([page.waitForURL(/\/runs\//), page.click("button[name=act][value=run]")]);
      await page.getByText("ledger: look 6: 200").waitFor({ timeout: 30_000 });
      assert.deepEqual(violations, []);
    } finally {
      await context.close();
    }
  });

  test("every page is accessible, fits and keeps the policy", async (t) => {
    const routes = async (page) => {
      await page.goto("/tools");
      const tool = await page.$eval(".cell-main a", (a) => a.getAttribute("href"));
      await page.goto("/runs");
      const run = await page.$eval(".cell-main a", (a) => a.getAttribute("href"));
      return ["/tools", tool, `${tool}/edit`, "/tools/new", "/runs", run];
    };
    await lookAt(t, () => browser, USERS.admin, routes);
  });
});
