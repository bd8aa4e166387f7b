// The catalogue: written down, imported with its difference shown, deleted; every page in every look.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { USERS, launch, login, visitor } from "../lib/browser.mjs";
import { lookAt } from "../lib/matrix.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

describe("systems", () => {
  test("import shows the difference, a cycle is refused, delete asks for the name: without JavaScript", async () => {
    const { context, page } = await visitor(browser, { javascript: false });
    try {
      await login(page, USERS.admin);
      await page.goto("/systems/import");
      await page.fill("[name=yaml]", "systems:\n- {key: side-door, name: Side door, team: payments, tier: 4, needs: [gateway]}\n");
      await page.click("main form[action='/systems/import'] button");
      assert.match(await page.textContent("#systems-difference"), /side-door/);
      await page.click("form[action='/systems/import/apply'] button");
      assert.match(page.url(), /\/systems$/);
      await page.getByRole("link", { name: "Side door" }).click();
      const path = new URL(page.url()).pathname;
      await page.goto("/systems?q=gateway");
      await page.locator(".cell-main a").first().click();
      await page.goto(`${new URL(page.url()).pathname}/edit`);
      await page.check("[name=needs][value=side-door]");
      await page.click("main .form-acts button[type=submit]");
      assert.match(await page.textContent("#error-summary"), /gateway → side-door → gateway/);
      await page.goto(path);
      await page.click(".confirm > summary");
      await page.fill(".confirm [name=confirm]", "side-door");
      await page.click(".confirm button[type=submit]");
      assert.match(page.url(), /\/systems$/);
      assert.equal(await page.getByRole("link", { name: "Side door" }).count(), 0);
    } finally {
      await context.close();
    }
  });

  test("every page is accessible, fits and keeps the policy", async (t) => {
    const routes = async (page) => {
      await page.goto("/systems");
      const system = await page.$eval(".cell-main a", (a) => a.getAttribute("href"));
      return ["/systems", system, `${system}/edit`, "/systems/new", "/systems/import"];
    };
    await lookAt(t, () => browser, USERS.admin, routes);
  });
});
