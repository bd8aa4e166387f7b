// Runs every *.spec.mjs against one portal: a demonstration started here, or the one at EVENKEEL_URL.
// `npm test -- pages tour` runs only those files.
import { readdir } from "node:fs/promises";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { startPortal } from "./lib/portal.mjs";

const folder = new URL("tests/", import.meta.url);
const wanted = process.argv.slice(2);
const files = (await readdir(folder))
  .filter((name) => name.endsWith(".spec.mjs"))
  .filter((name) => wanted.length === 0 || wanted.some((word) => name.startsWith(word)))
  .sort()
  .map((name) => fileURLToPath(new URL(name, folder)));

let portal;
if (!process.env.EVENKEEL_URL) {
  portal = await startPortal();
  process.env.EVENKEEL_URL = portal.url;
}
let passed = 0;
let failed = 0;
const count = (event, by) => event.details?.type !== "suite" && event.nesting > 0 && by();

/** Runs files one after the other; `said` is given what they print. */
async function all(files, said = () => {}) {
  if (files.length === 0) return;
  const tests = run({ files, concurrency: 1, timeout: 900_000 });
  tests.on("test:pass", (event) => count(event, () => passed++));
  tests.on("test:fail", (event) => count(event, () => failed++));
  tests.on("test:stdout", (event) => said(event.message));
  for await (const chunk of tests.compose(new spec())) process.stdout.write(chunk);
}

// The tour is alone until it has found the slice; then it waits for minutes, and pages that change nothing are looked at.
const named = (word) => files.filter((file) => file.endsWith(`/${word}.spec.mjs`));
const [tour, pages] = [named("tour"), named("pages")];
await all(files.filter((file) => !tour.includes(file) && !pages.includes(file)));
let meanwhile;
const look = () => (meanwhile ??= all(pages));
await all(tour, (text) => text.includes("the slice in the incident") && look());
await look();
await portal?.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
