/** What must hold after each hop of any run, in the saved runs that the repository has: the page's own reducer says it. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parseTrace } from "../../static/js/room/trace.js";
import { violations } from "./invariants.js";

const FOLDER = new URL("../../traces/", import.meta.url);

for (const file of readdirSync(FOLDER)) {
  test(`${file}: each mark is possible after each hop`, () => {
    const { frames } = parseTrace(readFileSync(new URL(file, FOLDER), "utf8"));
    assert.deepEqual(violations(frames), []);
  });
}
