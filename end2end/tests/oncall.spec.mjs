// On call and escalation: a schedule and a policy are made without JavaScript, a gap is red, a run stops when it is acknowledged.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { USERS, launch, login, visitAs, visitor } from "../lib/browser.mjs";
import { lookAt } from "../lib/matrix.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

describe("on call", () => {
  test("a schedule is made without JavaScript; its gaps are red and said", async () => {
    const { context, page } = await visitor(browser, { javascript: false });
    try {
      await login(page, USERS.admin);
      await page.goto("/oncall/schedules/new");
      const name = `Weekdays ${Date.now()}`;
      await page.fill("[name=name]", name);
      await page.selectOption("[name=team]", { index: 1 });
      await page.fill("[name=zone]", "Asia/Shanghai");
      await page.fill("[name='layers[0].name']", "Base");
      await page.locator("[name='layers[0].people']").first().selectOption({ index: 1 });
      await page.click("button[value=add]");
      assert.equal(await page.locator("[name='layers[1].name']").count(), 1);
      await page.click("button[value='remove-1']");
      await page.locator(".oncall-hours summary").click();
      await page.locator("[name='layers[0].hours[0].days'][value=mon]").check();
      await page.fill("[name='layers[0].hours[0].from']", "09:00");
      await page.fill("[name='layers[0].hours[0].to']", "17:00");
      await page.locator("button[value=preview]").last().click();
      assert.ok((await page.locator("#preview tr[data-gap]").count()) > 0);
      await page.click("button[value=save].button");
      await page.waitForURL(/\/oncall\/schedules\/[0-9a-f-]{36}$/);
      assert.ok((await page.locator("tr[data-gap]", { hasText: "nobody" }).count()) > 0);
      assert.ok((await page.locator(".oncall-lanes rect[data-gap]").count()) > 0);
      await page.goto("/oncall/policies/new");
      await page.fill("[name=name]", name);
      await page.selectOption("[name=team]", { index: 1 });
      await page.uncheck("[name=default]");
      await page.locator("[name='steps[0].targets']").first().selectOption({ label: name });
      await page.click("button[value=save].button");
      await page.waitForURL(/\/oncall\/policies\/[0-9a-f-]{36}$/);
      assert.ok((await page.locator(".oncall-steps").innerText()).length > 0);
    } finally {
      await context.close();
    }
  });

  test("a run stops when somebody acknowledges", () =>
    visitAs(browser, USERS.operations, { javascript: false }, async (page) => {
      await page.goto("/incidents/new");
      await page.fill("[name=title]", "Somebody has to come");
      await page.selectOption("[name=system]", { label: await page.locator("[name=system] option", { hasText: "Bank link" }).innerText() });
      await page.selectOption("[name=severity]", "P1");
      await page.click("form[action='/incidents'] button[type=submit]");
      await page.waitForURL(/\/incidents\/\d+$/);
      await page.click("form[action$='/escalate'] button");
      assert.ok((await page.locator("#incident-paging .badge", { hasText: "paging" }).count()) > 0);
      await page.locator("form[action$='/acknowledge'] button").first().click();
      assert.ok((await page.locator("#incident-paging .badge", { hasText: "acknowledged" }).count()) > 0);
    }));

  test("its pages are accessible and fit", (t) =>
    lookAt(t, () => browser, USERS.admin, async (page) => {
      await page.goto("/oncall");
      const schedule = await page.$eval("a[href^='/oncall/schedules/']:not([href$=new])", (a) => a.getAttribute("href"));
      await page.goto("/oncall/policies");
      const policy = await page.$eval("a[href^='/oncall/policies/']:not([href$=new])", (a) => a.getAttribute("href"));
      return ["/oncall", schedule, `${schedule}/edit`, "/oncall/policies", policy, `${policy}/edit`, "/oncall/load"];
    }));
});
