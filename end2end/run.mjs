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
const tests = run({ files, concurrency: 1, timeout: 900_000 });
tests.on("test:pass", (event) => count(event, () => passed++));
tests.on("test:fail", (event) => count(event, () => failed++));
const report = tests.compose(new spec());
for await (const chunk of report) process.stdout.write(chunk);
await portal?.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
