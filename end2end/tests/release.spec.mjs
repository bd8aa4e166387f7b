// The whole way of a release: asked for in a quiet window, shown by evidence, approved on a phone, carried out by a tool, and
// judged by figures: once well, once badly. On a demonstration of its own, as minutes of it are made to pass.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startPortal } from "../lib/portal.mjs";
import { until } from "../lib/until.mjs";

const BINARY = process.env.EVENKEEL_BIN ?? fileURLToPath(new URL("../../target/debug/evenkeel", import.meta.url));
const ZONE = "Asia/Shanghai";
const plain = { javascript: false };

let portal, lib, browser, folder;

before(async () => {
  portal = await startPortal();
  process.env.EVENKEEL_URL = portal.url;
  lib = await import("../lib/browser.mjs");
  browser = await lib.launch();
  folder = await mkdtemp(join(tmpdir(), "evenkeel-release-"));
});
after(async () => {
  await browser?.close();
  await portal?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const as = (user, options, act) =>
  lib.visitAs(browser, user, options, async (page) => {
    if (options.language) await lib.prefer(page, { language: options.language });
    await act(page);
  });

/** Wall time in the zone of the company, so many minutes from now. */
const wall = (minutes) => new Date(Date.now() + (minutes + 480) * 60_000).toISOString().slice(0, 16);

/** What k6 writes with --summary-export, of a run whose times are so many per cent of usual. */
function summary(percent) {
  const ms = (value) => Number(((value * percent) / 100).toFixed(3));
  return JSON.stringify({
    metrics: {
      http_reqs: { count: 90_000, rate: 1500 },
      http_req_failed: { passes: 2, fails: 89_998, value: 0.0000222 },
      http_req_duration: { avg: ms(21.4), min: ms(3.1), med: ms(18.2), max: ms(412), "p(90)": ms(38.4), "p(95)": ms(52.7), "p(99)": ms(88.9) },
    },
  });
}

/** Six runs of either side, taking turns; what `evenkeel evidence` says of them, as a file. */
async function comparison(name) {
  const files = { baseline: [], candidate: [] };
  for (let run = 0; run < 6; run++) {
    for (const [side, shift] of [["baseline", 0], ["candidate", 1]]) {
      const file = join(folder, `${name}-${run}-${side}.json`);
      // No two runs are the same.
      await writeFile(file, summary(99 + ((run * 2 + shift) % 4) + run / 10));
      files[side].push(file);
    }
  }
  const { stdout } = await promisify(execFile)(BINARY, ["evidence", ...files.baseline, "--candidate", ...files.candidate]);
  const file = join(folder, `${name}.ndjson`);
  await writeFile(file, stdout);
  return file;
}

/** A policy that asks for evidence of everything from now on; freezes that might hold today are lifted. */
async function rules() {
  await as(lib.USERS.admin, plain, async (page) => {
    await page.goto("/approvals/policies/new");
    await page.fill("[name=name]", "Shown first");
    await page.locator("[name=evidence][value=performance]").check();
    await page.locator("[name=rollback]").check();
    await page.fill("[name=place]", "0");
    await page.fill("[name='stages[0].count']", "1");
    await page.selectOption("[name='stages[0].of']", "owners");
    await Promise.all([page.waitForURL(/\/approvals\/policies$/), page.click("form[action='/approvals/policies/new'] .form-acts button")]);
    for (;;) {
      await page.goto("/freezes");
      const lift = page.locator("form[action^='/freezes/'][action$='/delete']").first();
      if ((await lift.count()) === 0) break;
      const action = await lift.getAttribute("action");
      await page.request.post(action, { headers: { origin: portal.url } });
    }
  });
}

/** Asks for a change of the gateway without a script, its quiet window picked; gives its path. */
async function request(user, language, { title, sha, tool, given, undo, step }) {
  let path;
  await as(user, { ...plain, language }, async (page) => {
    await page.goto("/changes/new");
    await page.fill("[name=title]", title);
    await page.getByLabel(/\(gateway\)/).check();
    await page.fill("[name=zone]", ZONE);
    // Weeks of payments are still being told behind the pages.
    await until("quiet windows", 120, async () => {
      await page.click("button[name=act][value=quiet]");
      return (await page.locator("#quiet tbody tr").count()) > 0;
    });
    assert.equal(await page.inputValue("[name=title]"), title);
    const cheapest = await page.locator("#quiet tbody tr").first().innerText();
    await page.locator("#quiet tbody button").first().click();
    const start = await page.inputValue("[name=start]");
    assert.ok(cheapest.includes(start.replace("T", " ")), `${start} is of ${cheapest}`);
    await page.selectOption("[name=risk]", "medium");
    const fields = {
      risk_reason: "one node after another",
      plan: "1. deploy\n2. compare",
      rollback: "deploy the one before",
      artifact: "gateway",
      artifact_version: "4.13",
      artifact_sha: sha,
      verify_minutes: "60",
      verify_margin: "5",
      verify_latency: "100",
    };
    for (const [name, value] of Object.entries(fields)) await page.fill(`[name=${name}]`, value);
    await page.locator(".changes-step-row > summary").first().click();
    await page.fill("[name='steps[0].what']", step);
    // Beside its name stands what it takes; what it is given is approved with the rest.
    const option = page.locator("[name='steps[0].tool'] option", { hasText: tool }).first();
    await page.selectOption("[name='steps[0].tool']", await option.getAttribute("value"));
    await page.fill("[name='steps[0].parameters']", Object.entries(given).map(([key, value]) => `${key} = ${value}`).join("\n"));
    if (undo) {
      const back = page.locator("[name='steps[0].rollback_tool'] option", { hasText: undo }).first();
      await page.selectOption("[name='steps[0].rollback_tool']", await back.getAttribute("value"));
      await page.fill("[name='steps[0].rollback_parameters']", await page.inputValue("[name='steps[0].parameters']"));
    }
    await Promise.all([page.waitForURL(/\/changes\/[0-9a-f-]{36}$/), page.click("button[name=submit]")]);
    path = new URL(page.url()).pathname;
    // The calendar is read without a script, on the day of the window: in UTC, as nothing tells the browser's zone.
    const day = new Date(Date.parse(`${start}Z`) - 480 * 60_000).toISOString().slice(0, 10);
    for (const view of ["lanes", "week", "month", "agenda"]) {
      await page.goto(`/changes?view=${view}&date=${day}`);
      assert.ok((await page.getByText(title).count()) > 0, view);
    }
  });
  return path;
}

/** The approver's phone: the card of the change. */
const phone = (language, title, act) =>
  as(lib.USERS.approver, { width: lib.WIDTHS.phone, language }, async (page) => {
    await page.goto("/approvals");
    await act(page.locator(".changes-card", { hasText: title }), page);
  });

/** Before there is evidence, the button is there, closed, and says why. */
const closed = (language, title, why) =>
  phone(language, title, async (card) => {
    assert.ok(await card.locator("form[action$='/approve'] button").isDisabled());
    assert.match(await card.locator(".changes-refused").innerText(), why);
  });

/** Brings a file as evidence, from the page of the change. */
async function bring(page, path, file, limits = {}) {
  await page.goto(path);
  await page.click("#evidence a[href^='/evidence/new']");
  await page.selectOption("[name=team]", { label: "Payments 支付" });
  await page.fill("[name=environment]", "pre-production, 4 nodes");
  await page.setInputFiles("[name=file]", file);
  for (const [name, value] of Object.entries(limits)) await page.fill(`[name=${name}]`, value);
  await Promise.all([page.waitForURL(/\/evidence\/[0-9a-f-]{36}$/), page.click("form[action='/evidence/new'] .form-acts button")]);
  return page.locator("main").innerText();
}

/** Measures in the portal itself: a load test of a registered target becomes evidence of the artifact. */
async function measure(sha) {
  await as(lib.USERS.admin, plain, async (page) => {
    await page.goto("/load/runs/new");
    await page.selectOption("[name=target]", { label: "Risk checks 风控 (demonstration)" });
    const artifact = { artifact: "gateway", artifact_version: "4.13", artifact_sha: sha };
    const values = { rate: "20", duration: "3s", ramp: "", script: "requests: [{ path: /health }]", max_p99_ms: "900", max_failed: "1", ...artifact };
    for (const [name, value] of Object.entries(values)) await page.fill(`[name=${name}]`, value);
    await Promise.all([page.waitForURL(/\/load\/runs\/[0-9a-f-]{36}/), page.click(".form-acts button")]);
    // Those of the demonstration come first: one runs at a time.
    await until("the load test is finished", 240, async () => {
      await page.reload();
      return /finished/.test(await page.textContent("#load-badge"));
    });
    await page.click("#load-acts a[href^='/evidence/']");
    assert.match(await page.textContent("main"), new RegExp(sha));
  });
}

/** Runs the tool on whose page one is, and waits until its page says by itself that it is over. */
async function run(page, fields) {
  for (const [name, value] of Object.entries(fields)) {
    const field = page.locator(`[name='p.${name}']`);
    if ((await field.evaluate((e) => e.tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }
  await Promise.all([page.waitForURL(/\/runs\/[0-9a-f-]{36}/), page.click("button[name=act][value=run]")]);
  await page.waitForFunction(() => document.querySelector(".log-end") && !document.querySelector(".log[data-live]"), null, { timeout: 120_000 });
  await page.waitForLoadState();
}

async function tool(page, name, fields) {
  await page.goto(`/tools?q=${encodeURIComponent(name)}`);
  await page.locator(".main .cell-main a, .main tbody a").first().click();
  await page.waitForURL(/\/tools\/[0-9a-f-]{36}/);
  await run(page, fields);
}

/** Pulls the change forward to now, by the plain form: seen before it is kept. */
async function pullForward(user, language, path) {
  await as(user, { ...plain, language }, async (page) => {
    await page.goto(`${path}/move?start=${wall(-5)}`);
    assert.ok(await page.locator("#move .changes-clear, #move .changes-conflicts").first().isVisible());
    await Promise.all([page.waitForURL((url) => url.pathname === path), page.click("#move form button")]);
  });
}

const approve = (language, title) =>
  phone(language, title, async (card) => {
    await card.locator("form[action$='/approve'] button").tap();
    await card.waitFor({ state: "detached" });
  });

/** Begins, runs the step's tool in place, ticks the step off without a script, and ends the work. */
async function carryOut(language, path) {
  await as(lib.USERS.release, { ...plain, language }, async (page) => {
    await page.goto(path);
    await page.click("form[action$='/start'] button");
    assert.equal(await page.locator("[data-step='0']").count(), 1);
  });
  // Who carries a change out need not be who may run its tools.
  await as(lib.USERS.operations, { language }, async (page) => {
    await page.goto(path);
    await Promise.all([page.waitForURL(/#runbook$/), page.click("[data-step='0'] form[action$='/run'] button")]);
    const over = () => document.querySelector("#runbook .log-end") && !document.querySelector("#runbook .log[data-live]");
    await page.waitForFunction(over, null, { timeout: 120_000 });
  });
  await as(lib.USERS.release, { ...plain, language }, async (page) => {
    await page.goto(path);
    await page.click("[data-step='0'] button[value=done]");
    await page.selectOption("[name=outcome]", "success");
    await page.click("form[action$='/finish'] button");
    assert.equal(await page.locator("#verification").count(), 1);
  });
}

/** Lets minutes pass, then reads the change until its verdict is one of these. */
async function verdict(language, path, minutes, word) {
  let said;
  await as(lib.USERS.operations, { language }, async (page) => {
    await tool(page, "Let time pass", { minutes: String(minutes) });
    said = await until(`${word} on ${path}`, 75, async () => {
      await page.goto(path);
      const text = await page.locator("#verification .changes-verified").innerText();
      return word.test(text) && text;
    });
  });
  return said;
}

describe("release", () => {
  test("asked for, shown, approved on a phone, carried out and verified: PASS", { timeout: 500_000 }, async () => {
    await rules();
    const title = "Gateway 4.13: faster routing";
    const sha = "4130".repeat(10);
    const path = await request(lib.USERS.operations, "en", { title, sha, tool: "Look at a service 查看服务", given: { service: "gateway", times: "2" }, step: "Deploy, then look at it" });
    await closed("en", title, /Evidence is missing/);
    // Somebody else brings it: what its requester brings does not count.
    await as(lib.USERS.release, plain, async (page) => {
      const file = join(folder, "k6-summary.json");
      await writeFile(file, summary(100));
      const measured = await bring(page, path, file, { max_p99_ms: "120", max_failed: "0.1" });
      assert.match(measured, /88\.9/);
    });
    await measure(sha);
    await pullForward(lib.USERS.operations, "en", path);
    await approve("en", title);
    await carryOut("en", path);
    const said = await verdict("en", path, 61, /PASS/);
    console.log(`    ${said.replaceAll("\n", " ")}`);
    await as(lib.USERS.viewer, plain, async (page) => {
      await page.goto(path);
      assert.match(await page.locator(".page-title").innerText(), /closed/);
      assert.match(await page.locator("#timeline").innerText(), /Look at a service/);
    });
  });

  test("the same with a bad artifact, in Chinese: FAIL, rolled back, with its incident", { timeout: 300_000 }, async () => {
    const title = "网关 4.13.1：新的银行通道";
    const sha = "bad1".repeat(10);
    const path = await request(lib.USERS.operations, "zh", { title, sha, tool: "Break a service 注入故障", given: { service: "bank-link" }, undo: "Mend a service", step: "部署新版本" });
    await closed("zh", title, /缺少证据|只有其他制品的证据/);
    await as(lib.USERS.release, { ...plain, language: "zh" }, async (page) => {
      const measured = await bring(page, path, await comparison("routing"));
      assert.match(measured, /通过/);
    });
    await pullForward(lib.USERS.operations, "zh", path);
    await approve("zh", title);
    await carryOut("zh", path);
    const said = await verdict("zh", path, 11, /未通过/);
    console.log(`    ${said.replaceAll("\n", " ")}`);
    await as(lib.USERS.release, { ...plain, language: "zh" }, async (page) => {
      await page.goto(path);
      // FAIL proposes to roll back; the incident names the change as its cause.
      const back = page.locator("form[action$='/rollback']").first();
      await page.locator("details:has(> form[action$='/rollback']) > summary").first().click();
      await back.locator("[name=remark]").fill("回到上一版本");
      await back.locator("button").first().click();
      assert.match(await page.locator("#rollback").innerText(), /正在回退/);
    });
    // One act, and a real tool: who rolls back need not be who may run it.
    await as(lib.USERS.operations, { ...plain, language: "zh" }, async (page) => {
      await page.goto(path);
      await page.click("#rollback button[value=run]");
      await until("rolled back", 60, async () => {
        await page.goto(path);
        return /已回退/.test(await page.locator(".page-title").innerText());
      });
    });
    await as(lib.USERS.release, { ...plain, language: "zh" }, async (page) => {
      await page.goto(path);
      await page.locator("aside a[href^='/incidents/']").first().click();
      assert.match(await page.locator("main").innerText(), new RegExp(title));
    });
  });
});
