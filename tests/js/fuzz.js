/**
 * `node tests/js/fuzz.js SECONDS [SEED]`: files that are nearly saved runs. Each is refused in a sentence, or played to its end and
 * drawn, within a few seconds, and nothing is kept of it.
 */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { keysOf } from "../../static/js/room/keys.js";
import { layOut } from "../../static/js/room/layout.js";
import { RecordedRun } from "../../static/js/room/recorded.js";
import { sceneOf } from "../../static/js/room/scene.js";
import { sentence } from "../../static/js/room/sentences.js";
import { tokensOf } from "../../static/js/room/tokens.js";
import { parseTrace, TraceProblem } from "../../static/js/room/trace.js";
import { TraceSource } from "../../static/js/room/tracesource.js";

const FOLDER = new URL("../../traces/", import.meta.url);
const FILES = readdirSync(FOLDER).map((name) => readFileSync(new URL(name, FOLDER), "utf8"));
/** The page plays what is usual in a tenth of this. */
const MOST_MS = 8_000;
const MOST_GROWN = 40_000_000;
const ODD = [
  null,
  true,
  -1,
  0.5,
  1e308,
  2 ** 53,
  "",
  "__proto__",
  "constructor",
  "\u0000",
  "\u202e",
  "x".repeat(5000),
  [],
  {},
  [null],
  [[]],
  "join",
  "leave",
  "crash",
  "assign",
  "commit",
  "process",
  "projection",
  "setting",
  "ledger",
  "leader",
  "isr",
  "lag",
  "hops",
  "backlog",
];

let state = 0;
const below = (most) => {
  state = (state * 1103515245 + 12345) % 2147483648;
  return Math.floor((state / 2147483648) * most);
};
const one = (list) => list[below(list.length)];

/** Somewhere inside, a value is another one, is gone, comes twice, or has changed its place with another. */
function damage(value) {
  const inner = value && typeof value === "object" ? Object.keys(value) : [];
  const name = one(inner);
  if (name === undefined) return one(ODD);
  if (below(3) > 0) value[name] = damage(value[name]);
  else if (below(3) === 0) delete value[name];
  else if (below(2) === 0) value[name] = value[one(inner)];
  else value[one(["__proto__x", "time", "seq", "data", "key", "partitions", "count", "first", "offset", "group"])] = one(ODD);
  return value;
}

function damaged(text) {
  const lines = text.trimEnd().split("\n");
  const kept = [...lines.slice(0, 2 + below(30))];
  for (let times = 1 + below(3); times > 0; times -= 1) {
    const at = below(kept.length);
    const kind = below(10);
    if (kind === 0) kept.splice(at, 1);
    else if (kind === 1) kept.splice(at, 0, one(kept));
    else if (kind === 2)
      kept[at] = kept[at].slice(0, below(kept[at].length)) + String.fromCharCode(below(65536)) + kept[at].slice(below(kept[at].length));
    else kept[at] = JSON.stringify(damage(JSON.parse(one(kept).startsWith("{") ? validOr(kept[at]) : "{}"))) ?? "";
    if (kept.length === 0) kept.push("");
  }
  return `${ended(kept).join("\n")}\n`;
}

function validOr(line) {
  try {
    JSON.parse(line);
    return line;
  } catch {
    return "{}";
  }
}

/** So that it is not refused for having been cut: the head says where it ends. */
function ended(lines) {
  try {
    const head = JSON.parse(lines[0]);
    const seq = JSON.parse(lines.at(-1)).seq;
    if (below(8) > 0) lines[0] = JSON.stringify({ ...head, seq });
  } catch {
    // It has no head any more, or no last line.
  }
  return lines;
}

/** Played to its end, and drawn and told at some moments, as the page does it. */
function watched(text) {
  const trace = parseTrace(text);
  const run = new RecordedRun(trace.head.topology.icons);
  new TraceSource(trace, {
    backlog: (frame) => run.backlog(frame, 0),
    hops: (frame) => run.hops(frame.hops, 0),
    status: () => run.release(),
  }).open();
  const { topology } = trace.head;
  const registry = keysOf(topology);
  for (const part of [0, 0.5, 1]) {
    run.goTo(run.length * part);
    const layout = layOut(topology, run.state, 900);
    sceneOf(topology, run.state, layout, registry);
    tokensOf(run.timeline.flights, layout, run.display, registry);
  }
  for (const { hops } of trace.frames) for (const hop of hops) sentence(hop, registry);
}

/** Whether it was played. */
function tried(text, seed) {
  const began = performance.now();
  try {
    watched(text);
    return true;
  } catch (error) {
    if (!(error instanceof TraceProblem)) throw new Error(`files: found something, with seed ${seed}`, { cause: error });
    assert.ok(error.message.endsWith("."), error.message);
    return false;
  } finally {
    const took = performance.now() - began;
    assert.ok(took < MOST_MS, `files: ${took} ms with seed ${seed}`);
  }
}

function held() {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

const seconds = Number(process.argv[2] ?? 60);
const only = process.argv[3];
const end = performance.now() + seconds * 1000;
let [played, refused, warm] = [0, 0, 0];
do {
  const seed = only === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(only);
  state = seed;
  if (tried(damaged(one(FILES)), seed)) played += 1;
  else refused += 1;
  if (warm === 0 && end - performance.now() < seconds * 750) warm = held();
} while (only === undefined && performance.now() < end);
const grown = held() - warm;
console.log(`files: ${played} played, ${refused} refused, ${seconds} s; grown ${(grown / 1e6).toFixed(1)} MB`);
assert.ok(globalThis.gc === undefined || grown < MOST_GROWN, `grown by ${grown}`);
