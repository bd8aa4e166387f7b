// What customers are told: read without a log-in, a script or a cookie; told without JavaScript on a phone.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { USERS, WIDTHS, launch, sticksOut, visitAs, visitor } from "../lib/browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Looks at something as somebody who is not logged in. */
async function asCustomer(options, act) {
  const { context, page, violations } = await visitor(browser, options);
  try {
    await act(page);
    assert.deepEqual(await context.cookies(), []);
    assert.deepEqual(violations, []);
  } finally {
    await context.close();
  }
}

describe("status", () => {
  test("a customer reads the page on a phone, in the language that they read", async () => {
    await asCustomer({ width: WIDTHS.phone, language: "zh", theme: "dark", javascript: false }, async (page) => {
      await page.goto("/status/payments");
      assert.match(await page.textContent("h1"), /支付服务状态/);
      assert.match(await page.textContent("main"), /最近 90 天/);
      assert.equal(await page.locator(".status-component svg[role=img]").count(), 4);
      assert.equal(await page.locator("script").count(), 0);
      assert.deepEqual(await sticksOut(page), []);
      await page.click("a[lang=en]");
      assert.match(await page.textContent("main"), /The last 90 days/);
      const feed = await page.request.get(await page.getAttribute("link[type='application/atom+xml']", "href"));
      assert.equal(feed.headers()["content-type"], "application/atom+xml; charset=utf-8");
      assert.match(await feed.text(), /<entry>/);
    });
  });

  test("customers are told, and told how it goes on, without JavaScript", async () => {
    const title = `Refunds are late ${Date.now()}`;
    await visitAs(browser, USERS.operations, { javascript: false, width: WIDTHS.phone }, async (page) => {
      await page.goto("/admin/status");
      await page.click(".main .cell-main a");
      await page.fill("#status-publish input[name=title]", title);
      await page.selectOption("#status-publish select[name=impact]", "degraded");
      await page.check("#status-publish input[name=affects] >> nth=0");
      await page.click("#status-publish button[type=submit]");
      assert.ok(await page.isVisible("#error-summary"));
      assert.equal(await page.inputValue("#status-publish input[name=title]"), title);
      assert.ok(await page.isChecked("#status-publish input[name=affects] >> nth=0"));
      await page.fill("#status-publish textarea[name=text]", "Refunds arrive **tomorrow**.");
      await page.click("#status-publish button[type=submit]");
      await page.click(`#status-told article:has-text("${title}") summary`);
      await page.selectOption(`#status-told article:has-text("${title}") select[name=state]`, "resolved");
      await page.fill(`#status-told article:has-text("${title}") textarea[name=text]`, "All refunds arrived.");
      await page.click(`#status-told article:has-text("${title}") button[type=submit]`);
    });
    await asCustomer({ javascript: false }, async (page) => {
      await page.goto("/status/payments");
      const notice = page.locator(`.status-notice:has-text("${title}")`);
      assert.match(await notice.innerHTML(), /<strong>tomorrow<\/strong>/);
      assert.match(await notice.textContent(), /All refunds arrived/);
    });
  });

  test("a customer subscribes without JavaScript; what is wrong is told and kept", async () => {
    await asCustomer({ width: WIDTHS.phone, javascript: false }, async (page) => {
      await page.goto("/status/payments");
      // The demonstration has no mail server: nobody is asked for a mail address.
      assert.equal(await page.locator("input[name=email]").count(), 0);
      await page.fill("input[name=url]", "hooks.example.org/status");
      await page.click("button:has-text('Subscribe by webhook')");
      assert.ok(await page.isVisible("#error-summary"));
      assert.equal(await page.inputValue("input[name=url]"), "hooks.example.org/status");
      await page.fill("input[name=url]", "https://hooks.example.org/status");
      await page.click("button:has-text('Subscribe by webhook')");
      assert.match(await page.textContent("#subscribe"), /Almost done/);
      assert.deepEqual(await sticksOut(page), []);
      const answer = await page.goto("/subscriptions/rubbish");
      assert.equal(answer.status(), 404);
      assert.match(await page.textContent("h1"), /does not open/);
    });
  });
});
