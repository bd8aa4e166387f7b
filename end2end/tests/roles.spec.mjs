// Every role logs in and meets its own first screen, with only what it may see in the rail.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { USERS, launch, login, visitor } from "../lib/browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const FIRST = {
  viewer: "/",
  firstline: "/alerts?mine=1",
  operations: "/",
  release: "/changes",
  analyst: "/transactions",
  approver: "/approvals",
  admin: "/admin/health",
};

describe("roles", () => {
  for (const [role, first] of Object.entries(FIRST)) {
    test(`${role} begins at ${first}`, async () => {
      const { context, page, violations } = await visitor(browser);
      await login(page, USERS[role]);
      const at = new URL(page.url());
      assert.equal(at.pathname + at.search, first);
      const rail = await page.$$eval(".rail a.rail-link", (links) => links.map((link) => link.getAttribute("href")));
      assert.equal(rail.includes("/admin/users"), role === "admin");
      for (const href of rail) assert.equal((await page.request.get(href)).status(), 200, href);
      assert.deepEqual(violations, []);
      await context.close();
    });
  }

  test("a wrong password says nothing of which is wrong, and keeps the name", async () => {
    const { context, page } = await visitor(browser, { javascript: false });
    await page.goto("/login");
    await page.fill("input[name=login]", "admin");
    await page.fill("input[name=password]", "not the password");
    await page.click("main button[type=submit]");
    assert.equal(new URL(page.url()).pathname, "/login");
    assert.equal(await page.inputValue("input[name=login]"), "admin");
    assert.equal(await page.inputValue("input[name=password]"), "");
    assert.equal(await page.locator("[role=alert]").count(), 1);
    await context.close();
  });

  test("logging out ends the session", async () => {
    const { context, page } = await visitor(browser, { javascript: false });
    await login(page, USERS.viewer);
    await page.goto("/systems");
    await page.click("details.menu summary");
    await page.click("form[action='/logout'] button");
    await page.goto("/systems");
    assert.equal(new URL(page.url()).pathname, "/login");
    assert.equal(new URL(page.url()).searchParams.get("next"), "/systems");
    await context.close();
  });
});
