// What specs of changes share: the form of a request, and the moments that it names.

/** `2025-03-14T02:00` in UTC, so many minutes from now. */
export const wall = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString().slice(0, 16);

/** Fills in the form and asks for approval; gives the path of the change. The window is open now. `kind` is normal unless given. */
export async function request(page, title, steps = [], kind = undefined) {
  await page.goto("/changes/new");
  await page.fill("[name=title]", title);
  await page.locator("[name=systems]").first().check();
  await page.fill("[name=start]", wall(-10));
  await page.fill("[name=end]", wall(120));
  await page.fill("[name=zone]", "UTC");
  if (kind) await page.selectOption("[name=kind]", kind);
  await page.selectOption("[name=risk]", "low");
  await page.fill("[name=risk_reason]", "done every week");
  await page.fill("[name=plan]", "1. drain\n2. deploy");
  await page.fill("[name=rollback]", "deploy the one before");
  for (const [i, what] of steps.entries()) {
    await page.locator(".changes-step-row > summary").nth(i).click();
    await page.fill(`[name="steps[${i}].what"]`, what);
  }
  await Promise.all([page.waitForURL(/\/changes\/[0-9a-f-]{36}$/), page.click("button[name=submit]")]);
  return new URL(page.url()).pathname;
}
