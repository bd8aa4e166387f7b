// People: every role logs in, with and without JavaScript, and meets its first screen; the pages before the log-in in
// every theme, language and width; what one says of oneself; tokens that are shown once.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { PASSWORD, USERS, axe, launch, login, sticksOut, tooSmall, visitor } from "../lib/browser.mjs";
import { MATRIX } from "../lib/matrix.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** The first screen of every role, as PRODUCT promises it. */
const HOMES = {
  [USERS.viewer]: "/",
  [USERS.firstline]: "/alerts?mine=1",
  [USERS.operations]: "/",
  [USERS.release]: "/changes",
  [USERS.analyst]: "/transactions",
  [USERS.approver]: "/approvals",
  [USERS.admin]: "/admin/health",
};

const path = (page) => {
  const { pathname, search } = new URL(page.url());
  return pathname + search;
};

async function opened(options, act) {
  const { context, page, violations } = await visitor(browser, options);
  try {
    await act(page, context);
    assert.deepEqual(violations, []);
  } finally {
    await context.close();
  }
}

describe("people", () => {
  for (const [user, home] of Object.entries(HOMES)) {
    for (const javascript of [true, false]) {
      test(`${user} logs in ${javascript ? "with" : "without"} JavaScript and meets ${home}`, () =>
        opened({ javascript }, async (page, context) => {
          await login(page, user);
          assert.equal(path(page), home);
          assert.ok((await page.locator("h1").count()) >= 1, "a page with a heading");
          const cookies = await context.cookies();
          const session = cookies.find((cookie) => cookie.name.endsWith("ek_session"));
          assert.ok(session.httpOnly && session.sameSite === "Lax");
        }));
    }
  }

  test("a refused log-in says so, keeps the name and never the password", () =>
    opened({ javascript: false }, async (page) => {
      await page.goto("/login?next=/systems");
      await page.fill("input[name=login]", "nobody-of-that-name");
      await page.fill("input[name=password]", "a wrong password");
      await page.click("main button[type=submit]");
      assert.equal(await page.locator("[role=alert]").count(), 1);
      assert.equal(await page.inputValue("input[name=login]"), "nobody-of-that-name");
      assert.equal(await page.inputValue("input[name=password]"), "");
      // Where they wanted to go is not forgotten.
      await page.fill("input[name=login]", USERS.viewer);
      await page.fill("input[name=password]", PASSWORD);
      await Promise.all([page.waitForURL("**/systems"), page.click("main button[type=submit]")]);
    }));

  test("whoever logs out is out, and Back shows nothing", () =>
    opened({}, async (page) => {
      await login(page, USERS.viewer);
      await page.goto("/profile");
      await page.click("details.menu summary");
      await Promise.all([page.waitForURL("**/login"), page.click("form[action='/logout'] button")]);
      await page.goto("/profile");
      assert.equal(path(page), "/login?next=%2Fprofile");
    }));

  test("a page that one may not see names the permission and whom to ask", () =>
    opened({}, async (page) => {
      await login(page, USERS.viewer);
      const answer = await page.goto("/admin/users");
      assert.equal(answer.status(), 403);
      assert.match(await page.textContent("main"), /people\.manage/);
    }));

  test("the profile keeps what was typed and takes what is right, without JavaScript", () =>
    opened({ javascript: false }, async (page) => {
      await login(page, USERS.analyst);
      await page.goto("/profile");
      await page.fill("[name=zone]", "Mars/Base");
      await page.click("form[action='/profile'] button[type=submit]");
      assert.equal(await page.inputValue("[name=zone]"), "Mars/Base");
      assert.ok((await page.locator("#error-summary li").count()) >= 1);
      await page.fill("[name=zone]", "Asia/Shanghai");
      await Promise.all([page.waitForURL("**/profile"), page.click("form[action='/profile'] button[type=submit]")]);
      assert.equal(await page.inputValue("[name=zone]"), "Asia/Shanghai");
    }));

  test("whoever enters with a password that somebody else chose chooses their own first, without JavaScript", () =>
    opened({ javascript: false, width: 375 }, async (page, context) => {
      const given = "a password given to them";
      const account = `new-${Date.now()}`;
      await opened({ javascript: false }, async (desk) => {
        await login(desk, USERS.admin);
        await desk.goto("/admin/users/new");
        for (const [name, value] of Object.entries({ login: account, name: "New here", password: given })) await desk.fill(`[name=${name}]`, value);
        await Promise.all([desk.waitForURL(/\/admin\/users\/[0-9a-f-]{36}$/), desk.click("form[action='/admin/users'] button[type=submit]")]);
        assert.match(await desk.textContent("main"), /has yet to choose a password/);
      });
      await page.goto("/login?next=/profile");
      await page.fill("input[name=login]", account);
      await page.fill("input[name=password]", given);
      await Promise.all([page.waitForURL(/\/password/), page.click("main button[type=submit]")]);
      assert.deepEqual([await sticksOut(page), await tooSmall(page)], [[], []]);
      for (const [current, fresh] of [[given, given], [given, "one that only they know"]]) {
        await page.fill("input[name=current]", current);
        await page.fill("input[name=password]", fresh);
        await page.fill("input[name=again]", fresh);
        await page.click("form[action='/password'] button[type=submit]");
      }
      await page.waitForURL("**/profile");
      assert.ok((await context.cookies()).some((cookie) => cookie.name.endsWith("ek_session")));
    }));

  test("a token is shown once", () =>
    opened({ javascript: false }, async (page) => {
      await login(page, USERS.admin);
      await page.goto("/admin/tokens");
      await page.fill("[name=name]", "A browser test");
      await page.check("[name=permissions][value=read]");
      await page.click("form[action='/admin/tokens'] button[type=submit]");
      assert.match(await page.textContent(".secret-once code"), /^evk_[0-9a-f]{32}_[0-9a-f]{64}$/);
      await page.goto("/admin/tokens");
      assert.equal(await page.locator(".secret-once").count(), 0);
    }));

  test("the log-in page is accessible, fits and keeps the policy", async (t) => {
    for (const look of MATRIX) {
      await t.test(`${look.theme}, ${look.language}, ${look.width} px`, () =>
        opened(look, async (page) => {
          await page.goto("/login");
          const wrong = [...(await axe(page)), ...(await sticksOut(page))];
          if (look.name === "phone") wrong.push(...(await tooSmall(page)));
          assert.deepEqual(wrong, []);
        }));
    }
  });
});
