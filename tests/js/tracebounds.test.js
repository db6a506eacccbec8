/** A file that somebody made to stop the page: too much of anything, or names that mean something to a browser. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { keysOf } from "../../static/js/room/keys.js";
import { layOut } from "../../static/js/room/layout.js";
import { RecordedRun } from "../../static/js/room/recorded.js";
import { sceneOf } from "../../static/js/room/scene.js";
import { sentence } from "../../static/js/room/sentences.js";
import { tokensOf } from "../../static/js/room/tokens.js";

import { parseTrace, TraceProblem } from "../../static/js/room/trace.js";
import { TraceSource } from "../../static/js/room/tracesource.js";
import { clusterHops, deathOf, numbered, randomOf, roomHops, TOPOLOGY } from "./helpers.js";

const HEAD = { type: "trace", version: 1, scenario: "test", code: "K7MPX4", recorded_at: "2026-11-23T00:03:38Z", cluster: "embedded" };
const ROOM = { incarnation: 1, now: 0, crowd: null, settings: {} };
const NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];

function written(hops, { topology = {}, room = {} } = {}) {
  const told = numbered(hops);
  const lines = [
    { ...HEAD, topology: { ...TOPOLOGY, icons: {}, ...topology }, seq: told.length },
    { type: "backlog", seq: 0, room: { ...ROOM, ...room }, hops: [] },
    { type: "hops", seq: told.length, hops: told },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** The sentence with which it is refused; undefined if it is not. */
function problemOf(text) {
  try {
    parseTrace(text);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof TraceProblem, String(error));
    return error.message;
  }
}

/** Played to its end, and drawn and told at some moments, as the page does it. */
function watched(text) {
  const trace = parseTrace(text);
  const run = new RecordedRun(trace.head.topology.icons);
  const listener = { backlog: (frame) => run.backlog(frame, 0), hops: (frame) => run.hops(frame.hops, 0), status: () => run.release() };
  new TraceSource(trace, listener).open();
  const { topology } = trace.head;
  const registry = keysOf(topology);
  for (const part of [0, 0.5, 1]) {
    run.goTo(run.length * part);
    const layout = layOut(topology, run.state, 900);
    sceneOf(topology, run.state, layout, registry);
    tokensOf(run.timeline.flights, layout, run.display, registry);
  }
  for (const { hops } of trace.frames) for (const hop of hops) sentence(hop, registry);
  return run;
}

const many = (count, hop) => Array.from({ length: count }, (_, index) => hop(index));
const member = (index) => ({ type: "join", source: `cook-${index}`, group: "cook" });

test("20,000 members at once are refused in a sentence, before anything is drawn", () => {
  assert.match(problemOf(written(many(20_000, member))), /^This run has more than 200 members at once/);
});

test("members who come and go are not there at once", () => {
  const hops = many(1000, (index) => [member(index), { type: "leave", source: `cook-${index}`, group: "cook" }]);
  assert.equal(problemOf(written(hops.flat())), undefined);
});

test("too many partitions, groups, brokers, settings and clients are refused in a sentence", () => {
  const lag = { type: "lag", source: "x", group: "cook", data: { end: 1, lag: 0 } };
  const kinds = [
    (index) => ({ ...lag, topic: "orders", partition: index }),
    (index) => ({ type: "assign", source: "cook-1", group: "cook", partitions: [["orders", index]] }),
    (index) => ({ type: "projection", group: `g${index}`, data: {} }),
    (index) => ({ type: "broker_up", source: `broker-${index}` }),
    (index) => ({ type: "retry", source: `p${index}`, data: { waiting: 1 } }),
    (index) => ({ type: "setting", source: "app", data: { name: `n${index}` } }),
    (index) => ({ type: "setting", source: "app", data: { name: "n", settings: { [`c${index}`]: {} } } }),
  ];
  for (const kind of kinds) assert.match(problemOf(written(many(2000, kind))) ?? "", /^This run has more than [\d,]+ .*\.$/, String(kind));
});

test("a run that is longer than any room's is refused in a sentence", () => {
  const polls = many(60_001, (offset) => ({ type: "poll", source: "c", group: "cook", topic: "orders", partition: 0, offset }));
  assert.match(problemOf(written(polls)), /longer than any room/);
});

test("a list in a hop that is longer than any is refused", () => {
  const partitions = many(1001, (index) => ["orders", index]);
  const lists = [{ partitions }, { partitions: [], data: { changed: partitions } }];
  for (const list of lists)
    assert.match(problemOf(written([{ type: "assign", ...member(1), ...list }].map((hop) => ({ ...hop, type: "assign" })))), /^Line 3/);
});

test("names that every object of a browser has are refused, wherever they stand", () => {
  for (const name of NAMES) {
    const hops = [
      member(0),
      { type: "join", source: name, group: "cook" },
      { type: "join", source: "cook-1", group: name },
      { type: "send", source: "app", topic: name, data: { total: 1 } },
      { type: "assign", source: "cook-1", group: "cook", partitions: [[name, 0]] },
      { type: "setting", source: "app", data: { name } },
    ];
    for (const hop of hops.slice(1)) assert.match(problemOf(written([hop])), /^Line 3/, JSON.stringify(hop));
    const sheet = JSON.parse(`{"${name}": {"acks": "all"}}`);
    assert.match(problemOf(written([{ type: "setting", source: "app", data: { name: "n", settings: sheet } }])), /^Line 3/);
    assert.match(problemOf(written(hops.slice(0, 1), { room: { settings: sheet } })), /^Line 2/);
    const topics = [{ name, title: "T", partitions: 1 }];
    assert.match(problemOf(written(hops.slice(0, 1), { topology: { topics } })), /first line/);
  }
});

test("such names as keys and values, which anybody may write, are told as words", () => {
  const hops = NAMES.flatMap((name, offset) => {
    const place = { topic: "orders", partition: 0, offset, key: name, trace: String(offset).padStart(32, "0") };
    return [
      {
        type: "send",
        source: "app",
        ...place,
        offset: undefined,
        data: { type: name, value: JSON.parse(`{"${name}": "${name}"}`), total: offset + 1 },
      },
      { type: "ack", source: "app", ...place, data: { type: name, latency_ms: 1 } },
      { type: "ack", source: "app", topic: "orders", partition: 1, first: 0, offset: 9, count: 10, keys: [[name, 9]] },
      { type: "projection", source: "s", group: "status", key: name, data: { status: name } },
    ];
  });
  const run = watched(written(hops));
  run.goTo(0);
  run.play(0);
  const icons = new Set();
  for (let wall = 50; !run.paused; wall += 50) {
    run.tick(wall);
    for (const { icon } of run.timeline.flights) icons.add(typeof icon);
  }
  assert.deepEqual([...icons], ["undefined"]);
});

// Anything at all in the place of what a hop should have.

const JUNK = [
  null,
  true,
  -1,
  0,
  1e308,
  2 ** 53,
  "",
  "x",
  "__proto__",
  "constructor",
  [],
  [[]],
  [null],
  {},
  { a: 1 },
  [["orders", 0]],
  [["orders", 9]],
];

/** A copy with something put somewhere, or taken away. */
function broken(value, random) {
  if (value === null || typeof value !== "object" || random(4) === 0) return JUNK[random(JUNK.length)];
  const copy = Array.isArray(value) ? [...value] : { ...value };
  const names = Object.keys(copy);
  if (names.length === 0) return JUNK[random(JUNK.length)];
  const name = names[random(names.length)];
  if (random(6) === 0) delete copy[name];
  else copy[name] = broken(copy[name], random);
  return copy;
}

test("whatever a file holds it is refused in a sentence, or the whole of it can be watched", () => {
  const extra = [
    { type: "assign", source: "cook-1", group: "cook", partitions: [["orders", 0]], data: { changed: [["orders", 0]], still_ms: 900 } },
    { type: "revoke", source: "cook-1", group: "cook", partitions: [], data: { changed: [["orders", 0]] } },
    { type: "leave", source: "cook-2", group: "cook", data: { changed: [["orders", 1]] } },
    { type: "crash", source: "cook-3", group: "cook", data: { changed: [["orders", 1]], held: 2 } },
    {
      type: "acknowledge",
      source: "q-1",
      group: "status",
      topic: "orders",
      partition: 0,
      offset: 3,
      data: { as: "accept", deliveries: 1, limit: 5 },
    },
    { type: "void", source: "cook-1", group: "cook", topic: "orders", partition: 0, first: 1, offset: 4 },
    { type: "ledger", source: "room", data: { topics: { orders: { end: 3, sent: 3, failed: 1 } }, groups: { cook: { handled: 3 } } } },
    { type: "setting", source: "app", data: { name: "began", value: { acks: "all" }, settings: { app: { acks: "all" } } } },
    { type: "projection", source: "s-1", group: "status", key: "k", data: { status: "placed" } },
    { type: "seek", source: "cook-1", group: "cook", topic: "orders", partition: 0, offset: 0, data: { short: "start" } },
    { type: "transaction", source: "cook-1", group: "cook", data: { state: "open" } },
    { type: "fail", source: "cook-1", group: "cook", topic: "orders", partition: 0, offset: 3, error: "It failed." },
    { type: "retry", source: "app", data: { waiting: 3, timeout_ms: 9000 }, error: "They wait." },
  ];
  const whole = [...roomHops(3, 4), ...extra, ...clusterHops(), ...deathOf(2)].map(({ seq: _seq, ...hop }, index) => ({
    ...hop,
    time: index / 10,
  }));
  watched(written(whole));
  const random = randomOf(5);
  let taken = 0;
  for (let round = 0; round < 400; round += 1) {
    const hops = [...whole];
    const at = random(hops.length);
    hops[at] = broken(hops[at], random);
    const text = written(hops);
    if (problemOf(text) !== undefined) continue;
    taken += 1;
    try {
      watched(text);
    } catch (error) {
      assert.fail(`${JSON.stringify(hops[at])}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  assert.ok(taken > 30, `only ${taken} were taken`);
});
