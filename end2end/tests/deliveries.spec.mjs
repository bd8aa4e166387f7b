// A channel is made, its secret shown once, a test sent, its fate read in the ledger.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { USERS, launch, login, visitor } from "../lib/browser.mjs";

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

describe("deliveries", () => {
  test("a channel is tested and the ledger tells", async () => {
    const { context, page, violations } = await visitor(browser, { javascript: false });
    try {
      await login(page, USERS.admin);
      await page.goto("/admin/channels/new");
      const name = `receiver ${Date.now()}`;
      await page.fill("input[name=name]", name);
      await page.fill("input[name=url]", `http://127.0.0.1:${receiver.address().port}/hook`);
      await page.selectOption("select[name=team]", "*");
      await page.click(".form button[type=submit]");
      assert.match(await page.textContent(".secret-once"), /whsec_/);
      await page.goto("/admin/channels");
      await page.click(`tr:has-text("${name}") form[action$='/test'] button`);
      await page.waitForURL(/\/admin\/deliveries\//);
      for (let tries = 0; tries < 20 && got.length === 0; tries++) await new Promise((resolve) => setTimeout(resolve, 250));
      assert.equal(got.length, 1);
      assert.match(got[0]["webhook-signature"], /^v1,/);
      await page.reload();
      assert.match(await page.textContent("main"), /delivered/);
      assert.deepEqual(violations, []);
    } finally {
      await context.close();
    }
  });
});
