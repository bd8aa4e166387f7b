// Changes out of the usual: an emergency, a broken freeze, a waiver, and the signed link of a message.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { USERS, WIDTHS, launch, visitAs, visitor } from "../lib/browser.mjs";
import { request, wall } from "../lib/changes.mjs";
import { until } from "../lib/until.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const as = (user, options, act) => visitAs(browser, user, options, act);

const plain = { javascript: false };

/** Posts a form as whoever the page is logged in as. */
const post = (page, action) => page.request.post(action, { headers: { origin: new URL(page.url()).origin } });

/** Approves the card of this title on the page of approvals. */
const approve = (title) =>
  as(USERS.approver, plain, async (page) => {
    await page.goto("/approvals");
    await page.locator(".changes-card", { hasText: title }).locator("form[action$='/approve'] button").click();
    assert.equal(await page.locator(".changes-card", { hasText: title }).count(), 0);
  });

describe("changes out of the usual", () => {
  test("an emergency is carried out first and approved afterwards, without JavaScript", async () => {
    const title = "Gateway on fire";
    let path;
    await as(USERS.operations, plain, async (page) => {
      path = await request(page, title, [], "emergency");
    });
    await as(USERS.release, plain, async (page) => {
      await page.goto(path);
      await page.click("form[action$='/start'] button");
      await page.selectOption("[name=outcome]", "success");
      await page.click("form[action$='/finish'] button");
      assert.match(await page.textContent("main"), /ran as an emergency before it was approved/);
    });
    await as(USERS.approver, plain, async (page) => {
      await page.goto("/approvals");
      assert.match(await page.locator(".changes-card", { hasText: title }).innerText(), /ran as an emergency/);
    });
    await approve(title);
    await as(USERS.release, plain, async (page) => {
      await page.goto(path);
      assert.doesNotMatch(await page.textContent("main"), /ran as an emergency before it was approved/);
      await page.click("form[action$='/close'] button");
      assert.match(await page.textContent(".page-title"), /closed/);
    });
  });

  test("a hard freeze is broken by two people, without JavaScript", async () => {
    const title = "Through the freeze";
    let path;
    await as(USERS.operations, plain, async (page) => {
      path = await request(page, title);
    });
    await approve(title);
    await as(USERS.admin, plain, async (page) => {
      await page.goto("/freezes/new");
      await page.fill("[name=reason]", "Nothing moves");
      await page.selectOption("[name=scope]", "systems");
      await page.locator("[name=systems]").first().check();
      await page.fill("[name=start]", wall(-30));
      await page.fill("[name=end]", wall(180));
      await page.fill("[name=zone]", "UTC");
      await Promise.all([page.waitForURL(/\/freezes(#|$)/), page.click("form[action='/freezes/new'] .form-acts button")]);
    });
    try {
      await as(USERS.release, plain, async (page) => {
        await page.goto(path);
        assert.equal(await page.locator("form[action$='/start'] button:enabled").count(), 0);
        assert.match(await page.textContent("main"), /Nothing moves/);
        await page.click("#breaks details > summary");
        await page.fill("#breaks [name=reason]", "it mends what the freeze protects");
        await page.click("form[action$='/break-glass'] button");
        // Whoever asks does not agree.
        assert.equal(await page.locator("form[action$='/break-glass/agree']").count(), 0);
        assert.equal(await page.locator("form[action$='/start'] button:enabled").count(), 0);
      });
      await as(USERS.approver, plain, async (page) => {
        await page.goto(path);
        assert.match(await page.textContent("#breaks"), /it mends what the freeze protects/);
        await page.click("form[action$='/break-glass/agree'] button");
      });
      await as(USERS.release, plain, async (page) => {
        await page.goto(path);
        await page.click("form[action$='/start'] button");
        await page.selectOption("[name=outcome]", "success");
        await page.click("form[action$='/finish'] button");
      });
    } finally {
      await as(USERS.admin, plain, async (page) => {
        await page.goto("/freezes");
        const mine = page.locator("tr, li, article", { hasText: "Nothing moves" }).locator("form[action$='/delete']").last();
        await post(page, await mine.getAttribute("action"));
      });
    }
  });

  test("two people do without evidence, without JavaScript", async () => {
    const title = "Nobody measured it";
    const name = "Measured first";
    await as(USERS.admin, plain, async (page) => {
      await page.goto("/approvals/policies/new");
      await page.fill("[name=name]", name);
      await page.locator("[name=evidence][value=performance]").check();
      await page.fill("[name=place]", "0");
      await Promise.all([page.waitForURL(/\/approvals\/policies$/), page.click("form[action='/approvals/policies/new'] .form-acts button")]);
    });
    let path;
    try {
      await as(USERS.operations, plain, async (page) => {
        path = await request(page, title);
      });
      await as(USERS.approver, plain, async (page) => {
        await page.goto("/approvals");
        assert.equal(await page.locator(".changes-card", { hasText: title }).locator("form[action$='/approve'] button:enabled").count(), 0);
      });
      await as(USERS.release, plain, async (page) => {
        await page.goto(path);
        await page.click("#evidence details > summary");
        await page.fill("#evidence [name=reason]", "the same as yesterday");
        await page.click("form[action$='/waive'] button");
        assert.equal(await page.locator("form[action$='/waive/agree']").count(), 0);
      });
      await as(USERS.approver, plain, async (page) => {
        await page.goto(path);
        assert.match(await page.textContent("#evidence"), /the same as yesterday/);
        await page.click("form[action$='/waive/agree'] button");
        assert.match(await page.textContent("#evidence"), /waived/);
      });
      await approve(title);
    } finally {
      await as(USERS.admin, plain, async (page) => {
        await page.goto("/approvals/policies");
        const mine = page.locator("article", { hasText: name }).locator("form[action$='/delete']").first();
        await post(page, await mine.getAttribute("action"));
      });
    }
  });

  test("the signed link of a message approves on a phone without logging in", async () => {
    const title = "Approved by link";
    const told = [];
    const receiver = createServer((message, response) => {
      let body = "";
      message.on("data", (chunk) => (body += chunk));
      message.on("end", () => {
        told.push(JSON.parse(body));
        response.writeHead(204).end();
      });
    });
    await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    let contact;
    try {
      await as(USERS.approver, plain, async (page) => {
        await page.goto("/profile/contacts/new?kind=webhook");
        await page.fill("input[name=name]", "approver's hook");
        await page.fill("input[name=url]", `http://127.0.0.1:${receiver.address().port}/mine`);
        await page.click(".form-acts button[type=submit]");
        await page.goto("/profile/contacts");
        contact = await page.locator("a", { hasText: "approver's hook" }).first().getAttribute("href");
      });
      let path;
      await as(USERS.operations, plain, async (page) => {
        path = await request(page, title);
      });
      const mine = () => told.find((one) => one.type === "change.pending" && JSON.stringify(one).includes(title));
      await until("the message", 60, async () => mine() !== undefined);
      const link = mine().data.ack;
      assert.match(link, /\/approve\//);
      for (const javascript of [false, true]) {
        const { context, page, violations } = await visitor(browser, { javascript, width: WIDTHS.phone });
        try {
          await page.goto(new URL(link, process.env.EVENKEEL_URL).pathname);
          assert.match(await page.textContent("h1"), new RegExp(title));
          if (javascript) {
            // The second look finds it done.
            assert.match(await page.textContent("main"), /You have approved exactly this content/);
            assert.equal(await page.locator("form[action^='/approve/']").count(), 0);
          } else {
            assert.match(await page.textContent("main"), /done every week/);
            await page.tap("form[action^='/approve/'] button");
            await page.getByText("You have approved exactly this content").waitFor();
          }
          assert.deepEqual(violations, []);
        } finally {
          await context.close();
        }
      }
      await as(USERS.release, plain, async (page) => {
        await page.goto(path);
        assert.match(await page.textContent(".page-title"), /approved/);
      });
    } finally {
      if (contact) await as(USERS.approver, plain, (page) => post(page, `${contact}/remove`));
      receiver.close();
    }
  });
});
