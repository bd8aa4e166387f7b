// Waiting for what the portal does by itself.
import assert from "node:assert/strict";

/** Asks again, twice a second, until there is an answer; gives it. `seen` tells, where there is none in time, what there was instead. */
export async function until(what, seconds, ask, seen = () => "") {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    assert.ok(Date.now() < end, `not within ${seconds} s: ${what}; ${seen()}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
