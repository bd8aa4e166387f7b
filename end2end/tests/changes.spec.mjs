// Changes: requested, approved, executed without JavaScript; approved from a phone in at most two taps; every page
// in every theme, language and width.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { USERS, WIDTHS, axe, launch, sticksOut, visitAs } from "../lib/browser.mjs";
import { request, wall } from "../lib/changes.mjs";
import { lookAt } from "../lib/matrix.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const as = (user, options, act) => visitAs(browser, user, options, act);

const plain = { javascript: false };

describe("changes", () => {
  test("the whole path without JavaScript", async () => {
    let path;
    await as(USERS.operations, plain, async (page) => {
      // Nothing typed is lost, and what is wrong is said beside the field.
      await page.goto("/changes/new");
      await page.fill("[name=title]", "Half a change");
      await page.click("button[name=submit]");
      assert.equal(await page.inputValue("[name=title]"), "Half a change");
      assert.ok((await page.locator("#error-summary li").count()) >= 5);
      path = await request(page, "No script needed", ["Drain node 1", "Deploy"]);
    });
    await as(USERS.approver, plain, async (page) => {
      await page.goto("/approvals");
      const card = page.locator(".changes-card", { hasText: "No script needed" });
      await card.locator("form[action$='/approve'] button").click();
      assert.equal(await page.locator(".changes-card", { hasText: "No script needed" }).count(), 0);
    });
    await as(USERS.release, plain, async (page) => {
      await page.goto(path);
      await page.click("form[action$='/start'] button");
      // The run book: the next step stands open; what is not ticked off keeps success away.
      await page.fill("[data-step='0'] [name=note]", "no traffic left");
      await page.click("[data-step='0'] button[value=done]");
      assert.match(await page.textContent("[data-step='0']"), /no traffic left/);
      await page.selectOption("[name=outcome]", "success");
      await page.click("form[action$='/finish'] button");
      assert.match(await page.textContent("#error-summary"), /1 step is not ticked off/);
      await page.click("[data-step='1'] button[value=done]");
      await page.selectOption("[name=outcome]", "success");
      await page.click("form[action$='/finish'] button");
      await page.click("form[action$='/close'] button");
      assert.match(await page.textContent(".page-title"), /closed/);
      for (const view of ["", "?view=week", "?view=month", "?view=agenda", "?view=list"]) {
        await page.goto(`/changes${view}`);
        assert.ok((await page.getByText("No script needed").count()) > 0, view);
      }
    });
  });

  test("approve from a phone in at most two taps, with risk, conflicts and evidence in view", async () => {
    await as(USERS.operations, {}, (page) => request(page, "Two taps"));
    await as(USERS.approver, { width: WIDTHS.phone }, async (page) => {
      let taps = 0;
      const tap = async (locator) => {
        await locator.tap();
        taps += 1;
      };
      if (!page.url().endsWith("/approvals")) await tap(page.locator(".bar a[href='/approvals']"));
      await page.waitForURL("**/approvals");
      const card = page.locator(".changes-card", { hasText: "Two taps" });
      const button = card.locator("form[action$='/approve'] button");
      assert.ok(await card.locator(".changes-verdict-risk").isVisible());
      assert.ok((await card.locator(".changes-clear, .changes-conflicts").count()) > 0);
      assert.ok(await card.locator(".changes-proof").isVisible());
      const box = await button.boundingBox();
      assert.ok(box.height >= 44, `the button is ${box.height} px high`);
      await tap(button);
      // The list comes back without it.
      await card.waitFor({ state: "detached" });
      assert.ok(taps <= 2, `${taps} taps`);
    });
  });

  test("moved on the calendar by keys and by the pointer, shown before it is kept", async () => {
    await as(USERS.operations, {}, async (page) => {
      const path = await request(page, "To be moved");
      const start = async () => (await (await page.request.get(`/api/v1${path}`)).json()).window.start;
      const before = await start();
      const later = (wall, minutes) => new Date(Date.parse(`${wall}Z`) + minutes * 60_000).toISOString().slice(0, 16);
      await page.goto("/changes?view=lanes");
      const bar = page.locator(`a[data-move="${path}/move"]`);
      const would = page.locator("#changes-move #move");
      await bar.focus();
      await page.keyboard.press("ArrowRight");
      await would.waitFor();
      assert.match(await page.textContent("#changes-move-said"), /would run/);
      assert.ok((await would.locator(".changes-clear, .changes-conflicts").count()) > 0);
      assert.deepEqual(await axe(page), []);
      await page.keyboard.press("Escape");
      await would.waitFor({ state: "detached" });
      assert.equal(await bar.getAttribute("transform"), null);
      assert.equal(await start(), before);
      // A day later, on the wall, with Enter.
      await bar.focus();
      await page.keyboard.press("Shift+ArrowRight");
      await would.waitFor();
      await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
      assert.match(page.url(), /\/changes\?view=lanes$/);
      assert.equal(await start(), later(before, 24 * 60));
      // Dragged to the right, looked at, kept by its button.
      await bar.scrollIntoViewIfNeeded();
      const box = await bar.locator("rect").boundingBox();
      await page.mouse.move(box.x + 4, box.y + 8);
      await page.mouse.down();
      await page.mouse.move(box.x + 60, box.y + 10, { steps: 4 });
      await page.mouse.up();
      await would.waitFor();
      await Promise.all([page.waitForNavigation(), would.locator("form button").click()]);
      const moved = (Date.parse(`${await start()}Z`) - Date.parse(`${later(before, 24 * 60)}Z`)) / 60_000;
      assert.ok(moved > 0 && moved % 15 === 0, `${moved} minutes`);
      // From one day to another in the month; Escape by its link.
      await page.goto("/changes?view=month");
      const chip = page.locator(`a.changes-chip[data-move="${path}/move"]`).first();
      await chip.focus();
      await page.keyboard.press("ArrowRight");
      await would.waitFor();
      await would.locator("a.button").click();
      await would.waitFor({ state: "detached" });
    });
  });

  test("a view is kept, comes first, and goes again without JavaScript", async () => {
    await as(USERS.operations, plain, async (page) => {
      await page.goto("/changes?view=week&risk=low");
      await page.click(".views-row a[href^='/views/new']");
      await page.fill("[name=name]", "Low risk");
      await page.locator("[name=preferred]").check();
      await page.click("form[action='/views/new'] .form-acts button");
      assert.match(page.url(), /view=week&risk=low$/);
      await page.goto("/changes");
      assert.equal(await page.locator(".views-row a[aria-current]").innerText(), "Low risk");
      await page.click(".filters a.button");
      assert.match(page.url(), /\/changes\?view=week$/);
      await page.goto("/views");
      await page.locator("details.confirm > summary").first().click();
      await page.locator("form[action$='/delete'] button").first().click();
      await page.goto("/changes");
      assert.match(page.url(), /\/changes$/);
    });
  });

  test("every view of the calendar prints whole, across the sheet", async () => {
    await as(USERS.operations, {}, async (page) => {
      await page.emulateMedia({ media: "print" });
      await page.setViewportSize({ width: 1032, height: 720 });
      for (const view of ["lanes", "week", "month", "agenda"]) {
        await page.goto(`/changes?view=${view}`);
        assert.deepEqual(await sticksOut(page), [], view);
        for (const gone of [".changes-controls nav", ".filter-fold", ".views-row", "#changes-move-how", ".page-acts"]) {
          assert.equal(await page.locator(`${gone}:visible`).count(), 0, `${view}: ${gone}`);
        }
        assert.ok(await page.locator("#changes-calendar").isVisible(), view);
        assert.equal(await page.locator(".changes-lanes:visible").count(), view === "lanes" ? 1 : 0);
      }
    });
  });

  test("what was verified says so without JavaScript: PASS closed it, FAIL led to an incident and back", async () => {
    await as(USERS.operations, plain, async (page) => {
      const open = async (title) => {
        await page.goto(`/changes?view=list&q=${encodeURIComponent(title)}`);
        await page.locator(".cell-main a").first().click();
        return page.textContent("#verification");
      };
      const good = await open("routes behind a switch");
      assert.match(good, /PASS/);
      assert.match(good, /Failures of Payment gateway|latency of Payment gateway/i);
      assert.ok((await page.locator("#verification table tbody tr").count()) >= 3);
      assert.ok(await page.locator("#change-verification svg.plot").isVisible());
      const bad = await open("stricter time-outs");
      assert.match(bad, /FAIL/);
      assert.match(bad, /margin 0.5 points/);
      assert.match(await page.textContent(".page-title"), /rolled back/);
      await page.locator("aside a[href^='/incidents/']").click();
      assert.match(await page.textContent(".page-title"), /FAIL/);
    });
  });

  test("every page is accessible, fits and keeps the policy", async (t) => {
    const routes = async (page) => {
      await page.goto("/changes?view=list");
      const detail = await page.$eval(".cell-main a", (a) => a.getAttribute("href"));
      const views = ["", "?days=1", "?by=system&quiet=on", "?view=week&quiet=on", "?view=month&quiet=on", "?view=agenda", "?view=list"].map((view) => `/changes${view}`);
      await page.goto("/changes?view=list&state=pending");
      const waits = await page.$eval(".cell-main a", (a) => a.getAttribute("href"));
      await page.goto("/changes?view=list&state=executing");
      const under = await page.$eval(".cell-main a", (a) => a.getAttribute("href"));
      const verified = [];
      for (const title of ["routes behind a switch", "stricter time-outs"]) {
        await page.goto(`/changes?view=list&q=${encodeURIComponent(title)}`);
        verified.push(await page.$eval(".cell-main a", (a) => a.getAttribute("href")));
      }
      await page.goto("/evidence");
      const piece = await page.$eval(".cell-main a", (a) => a.getAttribute("href"));
      await page.goto(`/changes?view=list&q=${encodeURIComponent("new booking engine")}`);
      const needs = await page.$eval(".cell-main a", (a) => a.getAttribute("href"));
      return ["/evidence", "/evidence/new", piece, needs, ...views, detail, under, ...verified, "/changes/figures", "/freezes", `${detail}/print`, `${waits}/move`, `${waits}/move?start=2030-01-15T02:00`, "/views", "/views/new?place=changes&query=view%3Dweek", "/changes/new", "/changes/feeds", "/approvals", "/freezes/new", "/changes/templates", "/occasions", "/occasions/new", "/occasions/import", "/calendars", "/calendars/new"];
    };
    await lookAt(t, () => browser, USERS.admin, routes);
  });
});
