// What the frame promises: language and theme without JavaScript, palette, keys, freshness, copying.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { USERS, WIDTHS, launch, login, visitor } from "../lib/browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

describe("shell", () => {
  test("without JavaScript language and theme are chosen by forms and kept", async () => {
    const { context, page } = await visitor(browser, { javascript: false });
    await login(page, USERS.admin);
    await page.goto("/incidents");
    const before = await page.getAttribute("html", "lang");
    await page.click("header.top .top-wide button[name=language]");
    assert.equal(new URL(page.url()).pathname, "/incidents");
    assert.notEqual(await page.getAttribute("html", "lang"), before);
    await page.click("details.menu summary");
    await page.click("button[name=theme][value=dark]");
    assert.equal(await page.getAttribute("html", "data-theme"), "dark");
    const scheme = await page.locator("html").evaluate((html) => getComputedStyle(html).colorScheme).catch(() => "dark");
    assert.equal(scheme, "dark");
    await page.click("details.menu summary");
    await page.click("button[name=theme][value=system]");
    await page.click("header.top .top-wide button[name=language]");
    assert.equal(await page.getAttribute("html", "lang"), before);
    await context.close();
  });

  test("without JavaScript the search is a page", async () => {
    const { context, page } = await visitor(browser, { javascript: false });
    await login(page, USERS.admin);
    await page.click(".top-search");
    await page.fill("input[name=q]", "inc");
    await page.click("form[role=search] button");
    assert.ok((await page.locator(".found a[href='/incidents']").count()) > 0);
    await context.close();
  });

  test("the palette opens by keys and goes where it is told", async () => {
    const { context, page, violations } = await visitor(browser);
    await login(page, USERS.admin);
    await page.goto("/systems");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("audit");
    await page.waitForSelector("#palette-found [role=option] .found-title");
    await Promise.all([page.waitForURL("**/audit"), page.keyboard.press("Enter")]);
    assert.deepEqual(violations, []);
    await context.close();
  });

  test("single keys go, show help, and do nothing while something is typed", async () => {
    const { context, page } = await visitor(browser);
    await login(page, USERS.admin);
    await page.goto("/systems");
    await page.keyboard.press("?");
    assert.equal(await page.locator("#keys").evaluate((d) => d.open), true);
    await page.keyboard.press("Escape");
    await Promise.all([page.waitForURL("**/incidents"), page.keyboard.type("gi")]);
    await page.goto("/search");
    await page.fill("input[name=q]", "");
    await page.focus("input[name=q]");
    await page.keyboard.type("ga");
    await page.waitForTimeout(300);
    assert.equal(new URL(page.url()).pathname, "/search");
    await context.close();
  });

  test("rows are walked with j and k", async () => {
    const { context, page } = await visitor(browser);
    await login(page, USERS.admin);
    await page.goto("/admin/components");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    assert.equal(await page.locator("tr[data-cursor]").count(), 1);
    await context.close();
  });

  test("charts mount where scripts run, and are drawn by the server where they do not", async () => {
    const { context, page, violations } = await visitor(browser);
    await login(page, USERS.admin);
    await page.goto("/admin/components");
    await page.waitForSelector("#sample-chart canvas", { timeout: 20000 });
    assert.equal(await page.locator("#sample-chart .plot").isVisible(), false);
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#sample-chart [data-png]")]);
    assert.match(download.suggestedFilename(), /\d{4}-\d{2}-\d{2}-\d{2}-\d{2}\.png$/);
    const picture = await readFile(await download.path());
    assert.equal(picture.subarray(1, 4).toString(), "PNG");
    assert.ok(picture.readUInt32BE(16) > 300 && picture.readUInt32BE(20) > 300, "wide and high enough for drawing, title, span");
    assert.deepEqual(violations, []);
    await context.close();
    const plain = await visitor(browser, { javascript: false });
    await login(plain.page, USERS.admin);
    await plain.page.goto("/admin/components");
    assert.equal(await plain.page.locator("#sample-chart svg.plot").isVisible(), true);
    assert.equal(await plain.page.locator("#sample-chart [data-png]").isVisible(), false);
    await plain.context.close();
  });

  test("filters are folded on a phone, without JavaScript too, and lie open where there is room", async () => {
    for (const javascript of [true, false]) {
      const phone = await visitor(browser, { width: WIDTHS.phone, javascript });
      await login(phone.page, USERS.admin);
      for (const list of ["/alerts", "/incidents", "/monitors", "/systems", "/tools", "/runs", "/audit", "/admin/users", "/changes"]) {
        await phone.page.goto(list);
        assert.equal(await phone.page.locator(".filter-fold-body").first().isVisible(), false, list);
        const fold = await phone.page.locator(".filter-fold").first().boundingBox();
        assert.ok(fold.height < 80, `${list}: ${fold.height} px of filters`);
      }
      await phone.page.goto("/incidents?open=on&state=triage");
      assert.match(await phone.page.textContent(".filter-fold summary"), /2 set/);
      await phone.page.click(".filter-fold summary");
      assert.equal(await phone.page.locator(".filter-fold-body").isVisible(), true);
      await phone.context.close();
    }
    const desk = await visitor(browser, { javascript: false });
    await login(desk.page, USERS.admin);
    await desk.page.goto("/incidents");
    assert.equal(await desk.page.locator(".filter-fold-body select").first().isVisible(), true);
    assert.equal(await desk.page.locator(".filter-fold summary").isVisible(), false);
    await desk.context.close();
  });

  test("pages without an island load no WebAssembly", async () => {
    const { context, page } = await visitor(browser);
    const wasm = [];
    page.on("request", (request) => request.url().endsWith(".wasm") && wasm.push(request.url()));
    await login(page, USERS.admin);
    await page.goto("/incidents", { waitUntil: "networkidle" }).catch(() => {});
    assert.deepEqual(wasm, []);
    await context.close();
  });

  test("on a phone the bar leads everywhere", async () => {
    const { context, page } = await visitor(browser, { width: WIDTHS.phone, javascript: false });
    await login(page, USERS.admin);
    await page.goto("/");
    await page.click(".bar .more summary");
    await page.click(".bar-sheet a[href='/systems']");
    assert.equal(new URL(page.url()).pathname, "/systems");
    await context.close();
  });

  test("transfer stays small", async () => {
    const { context, page } = await visitor(browser);
    const sizes = { css: 0, js: 0, svg: 0 };
    page.on("response", async (response) => {
      const kind = new URL(response.url()).pathname.match(/\.(css|js|svg)$/)?.[1];
      if (!kind || response.url().includes("/pkg/") || response.url().includes("/vendor/")) return;
      const { responseBodySize } = await response.request().sizes().catch(() => ({ responseBodySize: 0 }));
      sizes[kind] += responseBodySize;
    });
    await login(page, USERS.admin);
    await page.goto("/systems", { waitUntil: "load" });
    await page.waitForTimeout(500);
    // Each was loaded once or, from the cache, not again.
    assert.ok(sizes.css / 2 <= 25_000 && sizes.js / 2 <= 25_000, JSON.stringify(sizes));
    await context.close();
  });
});
