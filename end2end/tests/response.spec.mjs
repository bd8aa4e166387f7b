// An incident worked together without JavaScript: roles, tasks, a file, an entry of earlier, the review with its actions; and the
// pages of all that, looked at.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { USERS, launch, visitAs } from "../lib/browser.mjs";
import { lookAt } from "../lib/matrix.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const as = (user, options, act) => visitAs(browser, user, options, act);
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FAAhKDveksOjmAAAAAElFTkSuQmCC",
  "base64",
);

async function unfold(page, panel) {
  await page.click(`${panel} :is(.incident-edit, .file-add) > summary`);
}

describe("response", () => {
  test("worked together without JavaScript on a phone", () =>
    as(USERS.operations, { javascript: false, width: 375 }, async (page) => {
      await page.goto("/incidents/new");
      await page.fill("input[name=title]", "Refunds hang");
      await page.selectOption("select[name=system]", { index: 1 });
      await page.fill("textarea[name=impact]", "Refunds wait.");
      await page.click(".form button[type=submit]");
      await page.waitForURL(/\/incidents\/\d+$/);
      const here = page.url();
      await unfold(page, "#incident-tasks");
      await page.click("#incident-tasks form.form button[type=submit]");
      assert.ok(await page.isVisible("#error-summary"));
      await page.fill("#incident-tasks input[name=task]", "Call the card network");
      await page.click("#incident-tasks form.form button[type=submit]");
      assert.match(await page.textContent("#incident-tasks"), /Call the card network/);
      await page.click("#incident-tasks button:has-text('Done')");
      assert.match(await page.textContent("#incident-tasks"), /done by/);
      await unfold(page, "#incident-people");
      await page.selectOption("#incident-people select[name=user]", { index: 1 });
      await page.selectOption("#incident-people select[name=role]", "scribe");
      await page.click("#incident-people form.form button[type=submit]");
      assert.match(await page.textContent("#incident-people"), /Scribe/);
      await unfold(page, "#incident-files");
      await page.setInputFiles("#incident-files input[type=file]", { name: "graph.exe", mimeType: "image/png", buffer: PNG });
      await page.click("#incident-files form.form button[type=submit]");
      assert.ok(await page.isVisible("#incident-files img"));
      const file = await page.getAttribute("#incident-files img", "src");
      const answer = await page.request.get(file);
      assert.equal(answer.headers()["content-type"], "image/png");
      assert.match(answer.headers()["content-disposition"], /graph\.exe\.png/);
      assert.equal(answer.headers()["x-content-type-options"], "nosniff");
      await unfold(page, "#incident-files");
      await page.setInputFiles("#incident-files input[type=file]", { name: "graph.png", mimeType: "image/png", buffer: Buffer.from("MZ\0\0") });
      await page.click("#incident-files form.form button[type=submit]");
      assert.ok(await page.isVisible("#error-summary"));
      await page.goto(here);
      await page.fill("#comment textarea", "A customer called");
      await page.click(".incident-earlier > summary");
      await page.fill("#comment input[name=at]", new Date(Date.now() - 26 * 3600e3).toISOString().slice(0, 16));
      await page.click("#comment button[type=submit]");
      assert.match(await page.textContent("#incident-timeline li:first-child"), /added later/);
      await page.click("button:has-text('Resolve')");
      await page.click("a:has-text('Review')");
      assert.equal((await page.inputValue("#review-form textarea[name=summary]")).trim(), "Refunds wait.");
      await page.fill("#review-form textarea[name=causes]", "- a full queue");
      await page.click("#review-form button[type=submit]");
      await page.fill("#review-action input[name=action]", "Bound the queue");
      await page.click("#review-action button[type=submit]");
      assert.equal(await page.inputValue("#review-action input[name=action]"), "Bound the queue");
      await page.selectOption("#review-action select[name=owner]", { index: 1 });
      await page.fill("#review-action input[name=due]", new Date(Date.now() + 72 * 3600e3).toISOString().slice(0, 16));
      await page.click("#review-action button[type=submit]");
      assert.match(await page.textContent("#review-actions"), /Bound the queue/);
      await page.click("button:has-text('Finish the review')");
      assert.match(await page.textContent(".incident-main"), /Finished by/);
      await page.goto("/incidents/actions");
      assert.match(await page.textContent("#actions-list"), /Bound the queue/);
    }));

  test("a review begun from a template, written and taken away without JavaScript", () =>
    as(USERS.admin, { javascript: false, width: 375 }, async (page) => {
      await page.goto("/incidents/rules/templates");
      assert.match(await page.textContent("main"), /Payment disruption 支付中断/);
      await page.click("a:has-text('New template')");
      await page.fill("[name='sections[0].heading']", "What broke");
      await page.click("button[name=act][value=add]");
      assert.equal(await page.inputValue("[name='sections[0].heading']"), "What broke");
      await page.fill("[name='sections[1].heading']", "What we change");
      await page.check("[name='sections[1].required']");
      await page.fill("[name=name]", "Refund trouble");
      await page.check("[name=severities][value=P4]");
      await page.click(".form-acts button[value=save]");
      assert.match(await page.textContent("main"), /What broke · What we change/);
      await page.goto("/incidents/new");
      await page.fill("input[name=title]", "Refunds are slow");
      await page.selectOption("select[name=system]", { index: 1 });
      await page.selectOption("select[name=severity]", "P4");
      await page.click(".form button[type=submit]");
      await page.waitForURL(/\/incidents\/\d+$/);
      const { pathname } = new URL(page.url());
      await page.click("button:has-text('Resolve')");
      await page.click("a:has-text('Review')");
      assert.equal(await page.$eval("#review-begin select", (select) => select.selectedOptions[0].text), "Refund trouble");
      await page.click("#review-begin button[type=submit]");
      await page.fill("[name='sections[0]']", "A **full** queue");
      await page.click("#review-form button[type=submit]");
      await page.click("button:has-text('Finish the review')");
      assert.match(await page.textContent("#error-summary"), /What we change/);
      assert.equal((await page.inputValue("[name='sections[0]']")).trim(), "A **full** queue");
      await page.fill("[name='sections[1]']", "- a bound");
      await page.click("#review-form button[type=submit]");
      await page.click("button:has-text('Finish the review')");
      assert.match(await page.textContent(".incident-main"), /Finished by/);
      const file = await page.request.get(`${pathname}/review.md`);
      assert.match(file.headers()["content-disposition"], /INC-\d+-review\.md/);
      assert.match(await file.text(), /## What broke\n\nA \*\*full\*\* queue\n\n## What we change\n\n- a bound/);
      await page.goto(`${pathname}/review/print`);
      assert.equal(await page.textContent(".incident-print strong"), "full");
    }));

  test("its pages are accessible, fit and keep the policy", (t) =>
    lookAt(t, () => browser, USERS.admin, async (page) => {
      await page.goto("/incidents");
      const links = await page.$$eval(".cell-main a", (all) => all.map((a) => a.getAttribute("href")));
      await page.goto("/admin/status");
      const status = await page.getAttribute(".main .cell-main a", "href");
      const [first, last] = [links[0], links[links.length - 1]];
      return [
        first,
        `${first}/relations`,
        last,
        `${last}/review`,
        `${last}/review/print`,
        "/incidents/figures?from=now-60d",
        "/incidents/actions?all=on",
        "/incidents/rules",
        "/incidents/rules/templates",
        "/incidents/rules/templates/new",
        "/deployments",
        "/changes",
        "/admin/status",
        status,
        `${status}/edit`,
        "/status/payments",
      ];
    }));
});
