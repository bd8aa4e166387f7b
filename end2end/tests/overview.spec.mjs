// The overview: are customers hurt now? The sentence follows a monitor down and up without a reload, and every figure
// leads to its page.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { URL_OF_PORTAL, USERS, launch, visitAs } from "../lib/browser.mjs";

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

const as = (user, options, act) => visitAs(browser, user, options, act);

const headers = { origin: new URL(URL_OF_PORTAL).origin };

/** A system that matters, with a monitor on our target; what undoes both. */
async function till(page, name) {
  const made = await page.request.post("/api/v1/systems", { headers, data: { key: `till-${Date.now() % 100_000}`, name, team: "payments", tier: 1 } });
  assert.equal(made.status(), 201, await made.text());
  const system = (await made.json()).id;
  const url = `http://127.0.0.1:${target.address().port}/`;
  const data = { name: `${name} answers`, system, kind: "http", url, interval: "5s", timeout: "2s", needed: "1" };
  const watched = await page.request.post("/api/v1/monitors", { headers, data });
  assert.equal(watched.status(), 201, await watched.text());
  const monitor = (await watched.json()).id;
  return async () => {
    await page.request.delete(`/api/v1/monitors/${monitor}`, { headers });
    await page.request.delete(`/api/v1/systems/${system}`, { headers });
  };
}

describe("overview", () => {
  test("the sentence follows a monitor down and up, without a reload", () =>
    as(USERS.admin, {}, async (page) => {
      status = 200;
      const name = `Till ${Date.now() % 100_000}`;
      const undo = await till(page, name);
      try {
        await page.goto("/");
        await page.evaluate(() => {
          window.sameDocument = true;
        });
        const sentence = page.locator(".overview-sentence");
        const line = page.locator(".overview-system", { hasText: name });
        const reason = page.locator(".overview-reasons li", { hasText: "Down:" }).filter({ hasText: name });
        await line.locator(".badge", { hasText: "up" }).waitFor({ timeout: 20_000 });
        const before = await sentence.textContent();
        assert.equal(await reason.count(), 0);
        status = 503;
        await reason.waitFor({ timeout: 30_000 });
        assert.equal(await sentence.textContent(), "Payments degraded.");
        if (before === "No customer impact seen in the last 15 minutes.") {
          assert.equal(await page.locator(".overview-verdict").getAttribute("data-tone"), "p1");
        }
        await line.locator(".badge", { hasText: "down" }).waitFor();
        // What fires and what was opened for it stand there, too, and lead to their pages.
        await page.locator(".overview-item a[href^='/alerts/']", { hasText: name }).first().waitFor({ timeout: 30_000 });
        await page.locator(".overview-item a[href^='/incidents/']", { hasText: name }).first().waitFor({ timeout: 30_000 });
        status = 200;
        await reason.waitFor({ state: "detached", timeout: 30_000 });
        await line.locator(".badge", { hasText: "up" }).waitFor({ timeout: 20_000 });
        assert.equal(await page.evaluate(() => window.sameDocument), true, "the page was never loaded anew");
      } finally {
        status = 200;
        await undo();
      }
    }));

  test("figures lead to their pages", () =>
    as(USERS.operations, {}, async (page) => {
      const leads = [
        ["Transactions, 15 min", /\/transactions\?from=now-15m$/],
        ["Success rate, 15 min", /\/transactions\?from=now-15m$/],
        ["Latency p95, 15 min", /\/transactions\?from=now-15m$/],
        ["Open P1–P2", /\/incidents\?open=on&severity=P1&severity=P2$/],
      ];
      for (const [label, where] of leads) {
        await page.goto("/");
        const link = page.locator(".kpi", { has: page.getByText(label, { exact: true }) }).locator(".kpi-value a");
        await Promise.all([page.waitForURL(where), link.click()]);
        assert.equal(await page.locator("h1").count(), 1, label);
      }
      await page.goto("/");
      const system = page.locator(".overview-system-name").first();
      const name = await system.textContent();
      await Promise.all([page.waitForURL(/\/systems\//), system.click()]);
      assert.match(await page.textContent("h1"), new RegExp(name.slice(0, 5)));
    }));

  test("without JavaScript it says the same, and how old it is", () =>
    as(USERS.viewer, { javascript: false }, async (page) => {
      await page.goto("/");
      assert.ok((await page.textContent(".overview-sentence")).length > 10);
      assert.match(await page.textContent("main"), /Newest transaction/);
      assert.ok((await page.locator(".overview-system").count()) >= 4);
      assert.equal(await page.locator(".overview-stale").isVisible(), false);
    }));

  test("the wall is the same without the frame", () =>
    as(USERS.viewer, {}, async (page) => {
      await page.goto("/?wall=1");
      await page.locator("#overview[data-wall]").waitFor();
      assert.equal(await page.locator(".rail").isVisible().catch(() => false), false);
      assert.ok((await page.textContent(".overview-sentence")).length > 10);
    }));
});
