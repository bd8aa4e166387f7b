// Channels: chosen by kind, tested on their page, read in the ledger; contact methods; one tap from a message.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { USERS, launch, login, visitor } from "../lib/browser.mjs";
import { lookAt } from "../lib/matrix.mjs";

let browser;
let receiver;
const got = [];
before(async () => {
  browser = await launch();
  receiver = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      got.push(request.headers);
      response.writeHead(204).end();
    });
  });
  await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  await browser.close();
  receiver.close();
});

/** The kinds, a form of each sort, and one's own contact methods. */
async function routes(page) {
  await page.goto("/admin/channels");
  const channel = await page.$eval(".main .cell-main a", (a) => a.getAttribute("href")).catch(() => null);
  const kinds = ["webhook", "slack", "telegram"].map((kind) => `/admin/channels/new?kind=${kind}`);
  return ["/admin/channels/new", ...kinds, ...(channel ? [channel] : []), "/profile/contacts", "/profile/contacts/new?kind=telegram"];
}

describe("deliveries", () => {
  test("a channel is tested, and its page and the ledger tell", async () => {
    const { context, page, violations } = await visitor(browser, { javascript: false });
    try {
      await login(page, USERS.admin);
      await page.goto("/admin/channels/new");
      await page.click("a[href$='kind=webhook']");
      const name = `receiver ${Date.now()}`;
      await page.fill("input[name=name]", name);
      await page.fill("input[name=url]", `http://127.0.0.1:${receiver.address().port}/hook`);
      await page.selectOption("select[name=team]", "*");
      await page.click(".form-acts button[type=submit]");
      assert.match(await page.textContent(".secret-once"), /whsec_/);
      await page.goto("/admin/channels");
      await page.click(`tr:has-text("${name}") form[action$='/test'] button`);
      await page.waitForURL(/\/admin\/channels\/.*tested=/);
      for (let tries = 0; tries < 20 && got.length === 0; tries++) await new Promise((resolve) => setTimeout(resolve, 250));
      assert.equal(got.length, 1);
      assert.match(got[0]["webhook-signature"], /^v1,/);
      await page.reload();
      assert.match(await page.textContent("#deliveries-outcome"), /delivered/);
      await page.goto("/admin/deliveries?kind=webhook&event=test");
      assert.match(await page.textContent("main"), new RegExp(name));
      assert.deepEqual(violations, []);
    } finally {
      await context.close();
    }
  });

  test("a browser subscribes with one press and is pushed to", async () => {
    const { context, page, violations } = await visitor(browser);
    try {
      await context.grantPermissions(["notifications"]);
      // The push service of a browser is in the internet: here it is the receiver, with the keys of the example of RFC 8291.
      await page.addInitScript((endpoint) => {
        const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0)).buffer;
        const keys = {
          p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
          auth: "BTBZMqHH6r4Tts7J_aSIgg",
        };
        PushManager.prototype.getSubscription = async () => null;
        PushManager.prototype.subscribe = async () => ({ endpoint, getKey: (name) => bytes(keys[name]) });
      }, `http://127.0.0.1:${receiver.address().port}/push`);
      await login(page, USERS.release);
      await page.goto("/profile/contacts");
      await page.click("[data-push] button");
      await page.waitForSelector("tr:has-text('This browser')");
      const before = got.length;
      await page.click("tr:has-text('This browser') form[action$='/test'] button");
      for (let tries = 0; tries < 40 && got.length === before; tries++) await new Promise((resolve) => setTimeout(resolve, 250));
      assert.equal(got.at(-1)["content-encoding"], "aes128gcm");
      assert.match(got.at(-1).authorization, /^vapid t=/);
      await page.goto("/profile/contacts");
      await page.click("tr:has-text('This browser') .cell-main a");
      await page.locator("form[action$='/remove']").first().evaluate((form) => form.submit());
      await page.waitForURL(/\/profile\/contacts\/?(\?.*)?$/);
      assert.equal(await page.locator("tr:has-text('This browser')").count(), 0);
      assert.deepEqual(violations, []);
    } finally {
      await context.close();
    }
  });

  test("templates are looked at before they are kept", async () => {
    const { context, page } = await visitor(browser, { javascript: false });
    try {
      await login(page, USERS.admin);
      await page.goto("/admin/channels/new?kind=slack");
      await page.fill("textarea[name=body_en]", "Look: {title} at {time}");
      await page.click("button[name=preview]");
      assert.match(await page.textContent(".deliveries-previews"), /Look: gateway is down/);
      await page.fill("textarea[name=body_zh]", "请看：{title}");
      await page.click("button[name=preview]");
      assert.match(await page.textContent(".deliveries-previews li[lang='zh-CN'] >> nth=0"), /请看：/);
      assert.match(await page.textContent(".deliveries-previews li[lang='en'] >> nth=0"), /Look: gateway is down/);
      await page.fill("textarea[name=body_en]", "{titel}");
      await page.click("button[name=preview]");
      assert.match(await page.textContent("main"), /titel/);
    } finally {
      await context.close();
    }
  });

  test("every page of channels and contacts is accessible, fits and keeps the policy", (t) => lookAt(t, () => browser, USERS.admin, routes));
});
