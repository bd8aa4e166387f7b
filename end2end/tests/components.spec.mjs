// The living page of all components, in every theme, language and width.
import { after, before, describe, test } from "node:test";
import { USERS, launch } from "../lib/browser.mjs";
import { lookAt } from "../lib/matrix.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

describe("components", () => {
  test("every component is accessible, fits and keeps the policy", (t) => lookAt(t, () => browser, USERS.admin, ["/admin/components"]));
});
