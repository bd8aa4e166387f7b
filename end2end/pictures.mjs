// The four pictures of the README, taken from a demonstration: `npm run pictures`.
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { startPortal } from "./lib/portal.mjs";

let portal;
if (!process.env.EVENKEEL_URL) {
  portal = await startPortal();
  process.env.EVENKEEL_URL = portal.url;
}
const { launch, login, visitor, USERS } = await import("./lib/browser.mjs");
const folder = fileURLToPath(new URL("../docs/", import.meta.url));
await mkdir(folder, { recursive: true });
const browser = await launch();

/** One picture: a page as a user sees it. */
async function picture(name, user, path, look = {}, before = async () => {}) {
  const { context, page } = await visitor(browser, look);
  await login(page, user);
  await page.goto(path, { waitUntil: "load" });
  await before(page);
  await page.waitForTimeout(1500);
  await page.screenshot({ path: `${folder}${name}.png` });
  await context.close();
}

/** Goes to the first thing of a list. */
const first = async (page) => {
  await page.locator(".main .cell-main a, .main tbody a").first().click();
  await page.waitForLoadState("load");
};

await picture("overview", USERS.admin, "/");
await picture("incident", USERS.admin, "/incidents", { theme: "dark" }, first);
await picture("transactions", USERS.admin, "/transactions", { language: "zh" });
await picture("changes", USERS.admin, "/changes");
await browser.close();
await portal?.stop();
