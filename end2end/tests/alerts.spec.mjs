// The list of alerts: acknowledging is one click, with and without JavaScript.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { USERS, launch, login, visitor } from "../lib/browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

describe("alerts", () => {
  for (const javascript of [true, false]) {
    test(`acknowledged in one click, JavaScript ${javascript ? "on" : "off"}`, async () => {
      const { context, page, violations } = await visitor(browser, { javascript });
      try {
        await login(page, USERS.firstline);
        const answer = await page.goto("/alerts");
        assert.equal(answer.status(), 200);
        const button = await page.$("tbody form[action$='/acknowledge'] button");
        if (button) {
          const before = (await page.$$("tbody form[action$='/acknowledge']")).length;
          await Promise.all([page.waitForLoadState("load"), button.click()]);
          await page.goto("/alerts");
          assert.equal((await page.$$("tbody form[action$='/acknowledge']")).length, before - 1);
        }
        assert.equal((await page.goto("/alerts?state=burning")).status(), 422);
        assert.deepEqual(violations, []);
      } finally {
        await context.close();
      }
    });
  }
});
