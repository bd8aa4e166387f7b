// Every page of the navigation, and one detail page behind each list, in every theme, language and width.
import { after, before, describe, test } from "node:test";
import { USERS, launch } from "../lib/browser.mjs";
import { lookAt } from "../lib/matrix.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** The pages of the rail, then the first detail page that each list leads to. */
async function routes(page) {
  await page.goto("/");
  const rail = await page.$$eval(".rail a.rail-link", (links) => links.map((link) => link.getAttribute("href")));
  const found = new Set(rail);
  for (const list of rail) {
    await page.goto(list);
    const detail = await page.$eval(".main .cell-main a, .main tbody a", (a) => a.getAttribute("href")).catch(() => null);
    if (detail?.startsWith("/")) found.add(detail.split("?")[0]);
  }
  found.add("/search?q=gate");
  found.add("/alerts/silences");
  found.add("/alerts/silences/new");
  found.add("/alerts/routing");
  found.add("/alerts/routing/import");
  found.add("/admin/integrations/new");
  found.add("/alerts/what-if?labels=severity%3Dcritical");
  found.add("/alerts/what-if?labels=severity%3Dcritical%0Asystem%3Dgateway");
  found.add("/profile");
  const monitor = [...found].find((path) => /^\/monitors\/[0-9a-f-]{36}$/.test(path));
  if (monitor) found.add(`${monitor}/maintenance/recurring`);
  found.delete("/admin/components");
  return [...found];
}

describe("pages", () => {
  test("every page is accessible, fits and keeps the policy", (t) => lookAt(t, () => browser, USERS.admin, routes));
});
