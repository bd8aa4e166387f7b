// Load tests: a run is asked for and watched without JavaScript, its chart moves with it; every page in every look.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { USERS, launch, login, visitor } from "../lib/browser.mjs";
import { lookAt } from "../lib/matrix.mjs";
import { until } from "../lib/until.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

async function fill(page, rate, duration) {
  await page.goto("/load/runs/new");
  await page.selectOption("[name=target]", { label: "Risk checks 风控 (demonstration)" });
  const values = { rate, duration, ramp: "", script: "requests: [{ path: /health }]", artifact: "risk", artifact_version: "3.1", artifact_sha: "0a1b2c3d4e", max_p99_ms: "900", max_failed: "1" };
  for (const [name, value] of Object.entries(values)) await page.fill(`[name=${name}]`, value);
}

/** Sends the form, and stands on the page of the run. */
async function ask(page) {
  await Promise.all([page.waitForURL(/\/load\/runs\/[0-9a-f-]{36}/), page.click(".form-acts button")]);
}

/** Until the run of this page is over; runs come one after another. */
function over(page) {
  return until("the run is finished", 240, async () => {
    await page.reload();
    return /finished/.test(await page.textContent("#load-badge"));
  });
}

describe("load tests", () => {
  test("a run is asked for, watched and becomes evidence without JavaScript", async () => {
    const { context, page } = await visitor(browser, { javascript: false });
    try {
      await login(page, USERS.admin);
      await fill(page, "101", "2s");
      await page.click(".form-acts button");
      assert.match(await page.textContent("#error-summary"), /at most 100 requests a second/);
      assert.equal(await page.inputValue("[name=rate]"), "101");
      await page.fill("[name=rate]", "20");
      await ask(page);
      await over(page);
      assert.match(await page.textContent("#load-result"), /p99\.9/);
      await page.click("#load-acts a[href^='/evidence/']");
      assert.match(await page.textContent("main"), /0a1b2c3d4e/);
    } finally {
      await context.close();
    }
  });

  test("the chart moves while it runs, and a stop ends it", async () => {
    const { context, page, violations } = await visitor(browser);
    try {
      await login(page, USERS.admin);
      await fill(page, "10", "120s");
      await ask(page);
      await page.locator("#load-badge", { hasText: "running" }).waitFor({ timeout: 150_000 });
      await page.locator("#load-rate .chart-summary", { hasText: /[1-9]\d requests ended/ }).waitFor({ timeout: 30_000 });
      await page.click("#load-acts summary");
      await Promise.all([page.waitForLoadState(), page.click("#load-acts .confirm-body button")]);
      await page.locator("#load-badge", { hasText: "stopped" }).waitFor({ timeout: 20_000 });
      assert.deepEqual(violations, []);
    } finally {
      await context.close();
    }
  });

  test("an instance is killed under load, and what that cost becomes evidence, without JavaScript", async () => {
    const { context, page } = await visitor(browser, { javascript: false });
    try {
      await login(page, USERS.admin);
      await page.goto("/load/runs/new");
      await page.selectOption("[name=target]", { label: "Ledger, two instances 账务双机 (demonstration)" });
      await page.selectOption("[name=fault_tool]", { label: "Kill an instance of the ledger 停掉一个账务实例" });
      const values = { rate: "20", duration: "30s", script: "requests: [{ path: /book, method: POST }]", artifact: "ledger", artifact_version: "7.5", artifact_sha: "1a2b3c4d5e", fault_after: "600", ledger: "/received?run={{run}}" };
      for (const [name, value] of Object.entries(values)) await page.fill(`[name=${name}]`, value);
      await page.click(".form-acts button");
      assert.ok(await page.isVisible("#error-summary"), "nothing is killed after the end");
      await page.fill("[name=fault_after]", "8");
      await ask(page);
      await over(page);
      const shown = await page.textContent("#load-trial");
      // Nobody answers for three seconds, sixty requests or so; what was answered was booked once.
      assert.match(shown, /Well again after\s*\d+(\.\d+)? s/);
      assert.match(shown, /Answered, but lost\s*0/);
      await page.click("#load-acts a[href^='/evidence/']");
      assert.match(await page.textContent("main"), /high availability/);
      assert.match(await page.textContent("main"), /1a2b3c4d5e/);
    } finally {
      await context.close();
    }
  });

  test("every page is accessible, fits and keeps the policy", async (t) => {
    const routes = async (page) => {
      await page.goto("/load");
      const [target, run] = await Promise.all(["#load-targets", "#load-runs"].map((part) => page.$eval(`${part} .cell-main a`, (a) => a.getAttribute("href"))));
      return ["/load", "/load/targets/new", target, `${target}/edit`, "/load/runs/new", run];
    };
    await lookAt(t, () => browser, USERS.admin, routes);
  });
});
