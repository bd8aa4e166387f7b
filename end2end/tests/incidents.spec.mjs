// An incident by hand, from the first form to the last state, without JavaScript; and what a viewer may not do.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { USERS, axe, launch, sticksOut, tooSmall, visitAs } from "../lib/browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const as = (user, options, act) => visitAs(browser, user, options, act);

describe("incidents", () => {
  test("opened, refused, moved, commented, printed without JavaScript", () =>
    as(USERS.admin, { javascript: false, width: 375 }, async (page) => {
      await page.goto("/incidents/new");
      await page.fill("textarea[name=impact]", "Nobody can <pay> & everybody calls");
      await page.click(".form button[type=submit]");
      assert.ok(await page.isVisible("#error-summary"));
      assert.equal((await page.inputValue("textarea[name=impact]")).trim(), "Nobody can <pay> & everybody calls");
      await page.fill("input[name=title]", "Cards are refused");
      const system = await page.$eval("select[name=system] option:nth-child(2)", (option) => option.value);
      await page.selectOption("select[name=system]", system);
      await page.click(".form button[type=submit]");
      await page.waitForURL(/\/incidents\/\d+$/);
      const here = page.url();
      await page.click("button:has-text('Investigate')");
      assert.match(await page.textContent("#incident-timeline"), /investigating/);
      await page.fill("#comment textarea", "**looking** at it");
      await page.click("#comment button[type=submit]");
      assert.equal(await page.textContent("#incident-timeline strong"), "looking");
      await page.goto(`${here}/print`);
      assert.match(await page.textContent("h1"), /INC-\d+ Cards are refused/);
    }));

  test("after a refused act the page is its own again, and stays live", () =>
    as(USERS.admin, {}, async (page) => {
      await page.goto("/incidents/new");
      await page.fill("input[name=title]", "Refused and live");
      await page.selectOption("select[name=system]", { index: 1 });
      await page.click(".form button[type=submit]");
      await page.waitForURL(/\/incidents\/\d+$/);
      const { origin, pathname } = new URL(page.url());
      // The form of a page that was read before somebody else moved the incident.
      await page.evaluate((path) => {
        const form = document.querySelector(`form[action="${path}/move"]`);
        form.querySelector("[name=state]").value = "closed";
        form.requestSubmit();
      }, pathname);
      await page.locator("#error-summary").waitFor();
      assert.equal(new URL(page.url()).pathname, pathname);
      const form = { text: "Said meanwhile" };
      assert.ok((await page.request.post(`${pathname}/comments`, { form, headers: { origin } })).ok());
      await page.locator("#incident-timeline >> text=Said meanwhile").waitFor({ timeout: 20_000 });
      assert.equal(await page.getAttribute("[data-live-state]", "data-state"), "live");
    }));

  test("the long name of a system stays within its panel on a phone", () =>
    as(USERS.admin, { javascript: false, width: 375 }, async (page) => {
      const name = "Settlement-reconciliation-and-chargeback-clearing-of-the-north";
      await page.goto("/systems/import");
      await page.fill("[name=yaml]", `systems:\n- {key: z-long-name, name: ${name}, team: payments, tier: 4}\n`);
      await page.click("main form[action='/systems/import'] button");
      await page.click("form[action='/systems/import/apply'] button");
      await page.goto("/incidents/new");
      await page.fill("input[name=title]", "Clearing is late");
      await page.selectOption("select[name=system]", { label: name });
      await page.click(".form button[type=submit]");
      await page.waitForURL(/\/incidents\/\d+$/);
      const beyond = await page.$$eval("main a[href^='/systems/']", (links) =>
        links.map((link) => link.getBoundingClientRect().right - link.closest(".panel").getBoundingClientRect().right),
      );
      assert.ok(beyond.length > 0 && beyond.every((px) => px <= 0), `${beyond}`);
      assert.deepEqual(await sticksOut(page), []);
    }));

  test("a viewer sees it and has no buttons", () =>
    as(USERS.viewer, {}, async (page) => {
      await page.goto("/incidents");
      const first = await page.$(".cell-main a");
      if (first) {
        await first.click();
        assert.equal(await page.$("form[action$='/move']"), null);
      }
      const answer = await page.goto("/incidents/new");
      assert.equal(answer.status(), 403);
      assert.match(await page.textContent("main"), /incidents\.work/);
    }));

  test("whoever reads far down a list is told that there is something new, and it comes when they ask", () =>
    as(USERS.admin, { width: 375 }, async (page) => {
      await page.goto("/incidents");
      await page.evaluate(() => scrollTo(0, 400));
      const system = await page.$eval("select[name=system] option[value*='-']", (option) => option.value);
      const title = `Told from afar ${Date.now()}`;
      const form = { title, system, severity: "P4", impact: "None." };
      const answer = await page.request.post("/incidents", { form, headers: { origin: new URL(page.url()).origin } });
      assert.ok(answer.ok());
      const notice = page.locator("[data-news-for=incidents-list] button");
      await notice.waitFor({ timeout: 20_000 });
      assert.ok(!(await page.textContent("#incidents-list")).includes(title), "nothing moves under the reader");
      assert.deepEqual(await axe(page), []);
      assert.deepEqual(await tooSmall(page), []);
      await notice.click();
      await page.locator("#incidents-list", { hasText: title }).waitFor({ timeout: 10_000 });
      assert.equal(await notice.count(), 0);
    }));

  test("from an alert to its incident to the suspects in two clicks", () =>
    as(USERS.firstline, {}, async (page) => {
      await page.goto("/alerts?state=firing&state=resolved&state=recovering");
      const incident = await page.$("tbody a[href^='/incidents/']");
      if (!incident) return;
      await incident.click();
      assert.ok(await page.isVisible("#incident-suspects"));
    }));
});
