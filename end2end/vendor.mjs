// Writes app/js/vendor/uplot.js from the pinned package: the minified build with an export at its end. Checked in, so
// that a build needs no npm.
import { readFile, writeFile } from "node:fs/promises";

const source = await readFile(new URL("node_modules/uplot/dist/uPlot.iife.min.js", import.meta.url), "utf8");
await writeFile(new URL("../app/js/vendor/uplot.js", import.meta.url), `${source.trimEnd()}\n\nexport default uPlot;\n`);
