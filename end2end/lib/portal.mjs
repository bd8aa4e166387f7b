// A portal of its own for a test run: the built program on a free port with a fresh folder.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BINARY = process.env.EVENKEEL_BIN ?? fileURLToPath(new URL("../../target/debug/evenkeel", import.meta.url));

/** The environment of a new portal: nothing in it names another one. */
function settings() {
  const env = { ...process.env };
  delete env.EVENKEEL_URL;
  return env;
}

/**
 * Starts `evenkeel demo` (or `serve`) and waits until it has said where it is.
 * @returns {Promise<{url: string, setup: string|undefined, output: () => string, stop: () => Promise<void>}>}
 */
export async function startPortal({ command = "demo", args = [], seconds = 240 } = {}) {
  const data = await mkdtemp(join(tmpdir(), "evenkeel-e2e-"));
  const child = spawn(BINARY, [command, "--data", data, "--listen", "127.0.0.1:0", "--set", "log.filter=warn", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: settings(),
  });
  let output = "";
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const url = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no URL after ${seconds} s:\n${output}`)), seconds * 1000);
    const read = (chunk) => {
      output += chunk;
      const found = output.match(/Evenkeel is at (https?:\/\/\S+)/);
      if (found) {
        clearTimeout(late);
        resolve(found[1].replace(/\/$/, ""));
      }
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
    child.once("exit", (code) => reject(new Error(`ended with ${code}:\n${output}`)));
  });
  // The set-up link follows the URL on its own line.
  await new Promise((resolve) => setTimeout(resolve, 300));
  return {
    url,
    setup: output.match(/(https?:\/\/\S+\/setup\/\S+)/)?.[1],
    output: () => output,
    async stop() {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 15000);
      await ended;
      clearTimeout(late);
      await rm(data, { recursive: true, force: true });
    },
  };
}
