// All essential work without JavaScript: what DESIGN promises, as far as it exists.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { USERS, launch, login, visitor } from "../lib/browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

async function plainly(user, act) {
  const { context, page } = await visitor(browser, { javascript: false });
  try {
    await login(page, user);
    await act(page);
  } finally {
    await context.close();
  }
}

describe("without JavaScript", () => {
  test("lists are filtered and sorted by links and forms", () =>
    plainly(USERS.operations, async (page) => {
      await page.goto("/systems");
      await page.fill("form[role=search] input[type=search]", "bank");
      await page.click("form[role=search] button[type=submit]");
      assert.match(page.url(), /q=bank/);
      assert.ok((await page.locator(".main tbody tr").count()) > 0);
      await page.goto("/incidents");
      const sort = page.locator(".table thead a").first();
      if (await sort.count()) {
        await sort.click();
        assert.match(page.url(), /sort=/);
      }
    }));

  test("an incident is opened, commented and moved; what was typed is kept when it is refused", () =>
    plainly(USERS.operations, async (page) => {
      await page.goto("/incidents/new");
      await page.fill("[name=impact]", "Some customers cannot pay.");
      await page.click("form[action='/incidents'] button[type=submit]");
      assert.equal(await page.inputValue("[name=impact]"), "Some customers cannot pay.");
      assert.equal(await page.locator("#error-summary").count(), 1);
      await page.fill("[name=title]", "No-script incident");
      await page.selectOption("[name=system]", { index: 1 });
      await page.click("form[action='/incidents'] button[type=submit]");
      await page.waitForURL(/\/incidents\/(\d+|[0-9a-f-]{36})$/);
      await page.fill("#comment [name=text]", "Looking at **link B**.");
      await page.click("#comment button[type=submit]");
      assert.ok((await page.locator(".timeline strong", { hasText: "link B" }).count()) > 0);
      await page.locator("form[action$='/move'] button").first().click();
      assert.ok((await page.locator(".timeline > li").count()) >= 3);
    }));

  test("a way in is tried on a pasted sample, then opened", () =>
    plainly(USERS.admin, async (page) => {
      await page.goto("/admin/integrations/new");
      await page.fill("[name=name]", "No-script sensors");
      await page.selectOption("[name=kind]", "webhook");
      await page.selectOption("[name=team]", { index: 1 });
      await page.click("details.alerts-more summary");
      await page.fill("[name=title]", "msg");
      await page.fill("[name=sample]", '{"msg":"too hot","host":"h1"}');
      await page.click("button[value=preview]");
      assert.equal(await page.locator("#error-summary").count(), 1);
      await page.fill("[name=title]", "/msg");
      await page.fill("[name=labels]", "host=/host");
      await page.click("button[value=preview]");
      assert.match(await page.locator(".main tbody").innerText(), /too hot[\s\S]*host=h1/);
      await page.click(".form-acts button[type=submit]");
      await page.waitForURL(/\/admin\/integrations\/[0-9a-f-]{36}$/);
      assert.match(await page.locator(".main .copy code").first().innerText(), /\/hooks\/[0-9a-f]{32}$/);
    }));

  test("a span is chosen by a preset and by hand", () =>
    plainly(USERS.analyst, async (page) => {
      await page.goto("/transactions");
      await page.locator(".range .facets a[href*='from=now-24h']").click();
      assert.match(page.url(), /from=now-24h/);
      await page.click(".range details summary");
      await page.fill(".range-own [name=from]", "now-2h");
      await page.fill(".range-own [name=to]", "now");
      await page.click(".range-own button");
      assert.match(page.url(), /from=now-2h/);
    }));

  test("the calendar is walked", () =>
    plainly(USERS.release, async (page) => {
      assert.equal((await page.goto("/changes")).status(), 200);
      const view = page.locator(".main .tabs a, .main .facets a").first();
      await view.click();
      assert.match(new URL(page.url()).pathname, /\/changes/);
    }));

  test("lists are exported", () =>
    plainly(USERS.admin, async (page) => {
      for (const list of ["/incidents.csv", "/alerts.csv", "/changes.csv", "/monitors.csv", "/tools.csv"]) {
        const answer = await page.request.get(list);
        assert.equal(answer.status(), 200, list);
        assert.match(answer.headers()["content-type"], /text\/csv/, list);
      }
    }));
});
