import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { momentWords } from "../../static/js/room/controls.js";
import { RecordedRun } from "../../static/js/room/recorded.js";
import { reduce } from "../../static/js/room/reducer.js";
import { checkSize, MOST_BYTES, parseTrace, TraceProblem } from "../../static/js/room/trace.js";
import { TraceSource } from "../../static/js/room/tracesource.js";
import { randomOf, roomHops, TOPOLOGY } from "./helpers.js";

const FOLDER = new URL("../../traces/", import.meta.url);
const GOLDEN = new URL("./golden/", import.meta.url);
/** KAFKAVIZ_GOLDEN=write makes them anew: after a run was recorded again, or the state has got another shape. */
const WRITE = process.env.KAFKAVIZ_GOLDEN === "write";
const NAMES = readdirSync(FOLDER).map((name) => name.replace(/\.ndjson$/, ""));
const START = 1000;

const read = (name) => readFileSync(new URL(`${name}.ndjson`, FOLDER), "utf8");
const plain = (state) => JSON.parse(JSON.stringify(state, (_, value) => (value instanceof Map ? [...value] : value)));

/** As the page does it. */
function loaded(trace, { start = 0, end = Number.POSITIVE_INFINITY } = {}) {
  const run = new RecordedRun(trace.head.topology.icons);
  const listener = {
    backlog: (frame) => run.backlog(frame, START),
    hops: (frame) => run.hops(frame.hops, START),
    status: (word) => {
      assert.equal(word, "recorded");
      run.release();
    },
  };
  new TraceSource(trace, listener).open();
  run.tick(START);
  if (start || end < Number.POSITIVE_INFINITY) run.cut(start, end);
  return run;
}

/** Ticks until it stands still. @returns {any[]} the hops that were shown */
function playOut(run, step = 50) {
  const shown = [];
  for (let wall = run.wall + step; !run.paused; wall += step) shown.push(...run.tick(wall));
  return shown;
}

// A small run, to be broken.

const room = (more = {}) => ({ incarnation: 1, now: 0, crowd: null, settings: {}, ...more });
const framed = (hops) => ({ type: "hops", seq: hops.at(-1).seq, hops });

function small({ head = {}, backlog = {}, hops = roomHops(7, 12) } = {}) {
  const topology = { ...TOPOLOGY, icons: {} };
  const first = {
    type: "trace",
    version: 1,
    scenario: "test",
    code: "K7MPX4",
    recorded_at: "2026-11-23T00:03:38+00:00",
    cluster: "embedded",
  };
  const half = Math.ceil(hops.length / 2);
  return [
    { ...first, topology, seq: hops.at(-1)?.seq ?? 0, ...head },
    { type: "backlog", seq: 0, room: room(), hops: [], ...backlog },
    ...[hops.slice(0, half), hops.slice(half)].filter((part) => part.length > 0).map(framed),
  ];
}

const written = (lines) => lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("");

/** @param {string} text @param {RegExp} sentence */
function refused(text, sentence) {
  assert.throws(
    () => parseTrace(text),
    (error) => error instanceof TraceProblem && sentence.test(error.message) && /^[A-Z].*\.$/.test(error.message),
    `wanted ${sentence}`,
  );
}

/** A run with one hop more, changed so. */
const withHop = (change) =>
  written(small({ hops: [...roomHops(7, 2), { ...roomHops(7, 3).at(-2), ...change }].map((hop, index) => ({ ...hop, seq: index + 1 })) }));

test("a whole file is taken", () => {
  const { head, frames } = parseTrace(written(small()));
  assert.equal(head.code, "K7MPX4");
  assert.deepEqual(
    frames.map(({ type }) => type),
    ["backlog", "hops", "hops"],
  );
});

test("lines that end as on Windows, and a last line without an end, are taken", () => {
  const text = written(small());
  assert.deepEqual(parseTrace(text.replaceAll("\n", "\r\n").trimEnd()), parseTrace(text));
});

test("an empty file is told", () => {
  refused("", /empty/);
  refused(" \n\n", /empty/);
});

test("what is no saved run is told", () => {
  for (const text of ["hello", "{}", "[]", "null", '{"type":"hops"}\n', "PK\u0003\u0004\u0000", '{"type":"trace"', "<!doctype html>"])
    refused(text, /not a saved run/);
});

test("an unknown version is told with both numbers", () => {
  refused(written(small({ head: { version: 2 } })), /version 2 .* plays version 1/);
  refused(written(small({ head: { version: undefined } })), /version \?/);
  refused(written(small({ head: { version: { "%(known)s": 1 } } })), /version \?/);
});

test("a head that lacks something is told", () => {
  const { topology } = small()[0];
  const heads = [{ code: 5 }, { recorded_at: "yesterday" }, { seq: -1 }, { topology: null }, { topology: { ...topology, topics: {} } }];
  const crowded = { ...topology, topics: [{ name: "a", title: "A", partitions: 1e9 }] };
  for (const head of [
    ...heads,
    { topology: crowded },
    { topology: { ...topology, groups: [{ name: "a", title: "A", topics: "orders" }] } },
  ])
    refused(written(small({ head })), /first line/);
});

test("wherever a file is cut off, that is told", () => {
  const text = written(small());
  const start = text.indexOf("\n") + 1;
  const random = randomOf(11);
  const cuts = Array.from({ length: 200 }, () => start + random(text.length - start - 1));
  for (const cut of cuts) refused(text.slice(0, cut), /cut off/);
  for (const line of [1, 2, 3]) refused(written(small().slice(0, line)), /cut off/);
});

test("a size over the limit is told before anything is read", () => {
  assert.throws(() => checkSize(200_000_000), /^Error: This file has 200 MB\. A saved run may have 30 MB\.$/);
  checkSize(MOST_BYTES);
});

test("a line that is no frame is told with its number", () => {
  for (const line of [
    "{",
    "[]",
    "5",
    '"hops"',
    { type: "hops" },
    { type: "hops", seq: 1, hops: [] },
    { type: "accepted", seq: 1, hops: [] },
  ]) {
    const lines = small();
    lines.splice(2, 0, line);
    refused(written(lines), /^Line 3 of this file is not/);
  }
});

test("a hop that the picture could not bear is told", () => {
  const bad = [
    { type: "teleport" },
    { type: "toString" },
    { time: null },
    { time: "1" },
    { offset: "7" },
    { partition: -1 },
    { topic: undefined },
  ];
  const worse = [
    { data: [] },
    { type: "assign" },
    { type: "assign", partitions: [["orders"]] },
    { type: "isr", source: "a", data: { in_sync: 3 } },
  ];
  for (const change of [...bad, ...worse, { type: "send", data: { total: "many" } }, { key: {} }]) refused(withHop(change), /^Line 4 /);
  parseTrace(withHop({}));
});

test("hops that are missing are told", () => {
  const lines = small({ hops: roomHops(7, 30) });
  refused(written([...lines.slice(0, 2), lines[3]]), /missing before line 3/);
  const hole = roomHops(7, 30).filter(({ seq }) => seq !== 4);
  refused(written(small({ hops: hole })), /^Line 3 /);
});

test("a run without a beginning, without hops, or of two lives is told", () => {
  const lines = small();
  refused(written([lines[0], ...lines.slice(2)]), /no beginning/);
  refused(written(small({ hops: [] })), /Nothing happens/);
  const again = { type: "backlog", seq: lines[0].seq, room: room({ incarnation: 2 }), hops: [] };
  refused(written([...lines, again]), /more than one life/);
});

test("after a gap a backlog tells how things stand", () => {
  const hops = roomHops(7, 30);
  const [head, backlog, before, after] = small({ hops });
  const gap = after.hops.splice(0, 10);
  const state = { type: "backlog", seq: gap.at(-1).seq, room: room({ now: gap.at(-1).time }), hops: [...before.hops, ...gap] };
  const run = loaded(parseTrace(written([head, backlog, before, state, after])));
  const whole = loaded(parseTrace(written(small({ hops }))));
  assert.deepEqual(plain(run.log.head.lanes), plain(whole.log.head.lanes));
  assert.deepEqual(plain(run.log.head.parts), plain(whole.log.head.parts));
});

// How it plays.

test("its clock begins at 0, whatever the room's said", () => {
  const hops = roomHops(3, 20);
  const late = hops.map((hop) => ({ ...hop, time: hop.time + 400 }));
  const run = loaded(parseTrace(written(small({ hops: late, backlog: { room: room({ now: 400 }) } }))));
  assert.ok(Math.abs(run.length - hops.at(-1).time) < 1e-6);
  run.goTo(run.length / 2);
  assert.ok(run.lastStep.time <= run.length / 2);
});

/** What the picture and the table say. */
const standing = ({ parts, lanes, shares, members, sent, projections, ledger }) =>
  plain({ parts, lanes, shares, members, sent, projections, ledger });

test("of a part, what was before is how things stand at its beginning, and can't be gone back to", () => {
  for (const name of NAMES) {
    const trace = parseTrace(read(name));
    const whole = loaded(trace);
    for (const share of [0.1, 0.35, 0.5, 0.8]) {
      const start = Math.round(whole.length * share * 10) / 10;
      const part = loaded(trace, { start });
      assert.equal(part.begins, start);
      assert.equal(part.shown(START), start);
      assert.deepEqual(standing(part.state), standing(whole.log.stateAt(whole.log.positionAt(start))), `${name} ${start}`);
      for (const seconds of [0, start - 0.1, start]) {
        part.goTo(seconds);
        assert.equal(part.shown(START), start);
      }
      part.step(-1, START);
      assert.equal(part.position, part.log.first);
      assert.deepEqual(standing(part.log.head), standing(whole.log.head), name);
      part.play(START);
      const shown = playOut(part);
      assert.ok(part.log.entries.every(({ when }) => when > start));
      assert.equal(shown.length, part.log.entries.length);
      part.play(part.wall);
      assert.equal(playOut(part).length, shown.length);
    }
  }
});

test("a part ends where it is to end, and one that begins after all is over is the whole", () => {
  const trace = parseTrace(read("broker-dies"));
  const part = loaded(trace, { start: 2, end: 9 });
  assert.ok(part.length <= 9 && part.length > 8);
  assert.equal(part.begins, 2);
  assert.equal(loaded(trace, { start: 3000 }).begins, 0);
  assert.equal(loaded(trace, { start: 3000 }).length, loaded(trace).length);
});

test("it stands still at its beginning, and plays from there to its end", () => {
  const run = loaded(parseTrace(written(small({ hops: roomHops(3, 20) }))));
  assert.equal(run.paused, true);
  assert.equal(run.position, run.log.first);
  assert.equal(run.lastStep, undefined);
  assert.match(momentWords(run, START), /^Recorded run · 0\.0 s of [\d.]+ s$/);
  run.play(START);
  assert.equal(playOut(run).length, run.log.end);
  assert.deepEqual(plain(run.state), plain(run.log.head));
  assert.equal(run.shown(run.wall), run.length);
});

test("played again at its end, it starts again", () => {
  const run = loaded(parseTrace(written(small())));
  run.play(START);
  playOut(run);
  run.play(run.wall);
  assert.equal(run.position, run.log.first);
  assert.equal(playOut(run).length, run.log.end);
});

test("a replay shows its last seconds slowly, and stands still", () => {
  const run = loaded(parseTrace(written(small({ hops: roomHops(5, 200) }))));
  run.replay(START);
  assert.equal(run.slow, 20);
  const shown = playOut(run);
  assert.ok(shown.length > 10 && shown.length < run.log.end);
  assert.equal(run.live, false);
});

test("no key and no speed makes it live", () => {
  const run = loaded(parseTrace(written(small())));
  run.goLive(START);
  assert.equal(run.live, false);
  assert.equal(run.shown(START), run.length);
  run.speed(2, START);
  run.speed(1, START);
  run.step(-1, START);
  assert.equal(run.live, false);
});

test("a moment beyond its end is its end", () => {
  const run = loaded(parseTrace(written(small())));
  run.goTo(9999);
  assert.equal(run.shown(START), run.length);
  run.goTo(0);
  assert.equal(run.position, run.log.first);
});

// The runs in the repository, as a real Kafka made them.

/** @param {import("../../static/js/room/types.js").Hop} hop */
const offsetsOf = ({ topic, partition, first, offset }) => {
  const begin = first ?? offset ?? 0;
  return Array.from({ length: (offset ?? 0) - begin + 1 }, (_, index) => `${topic} ${partition} ${begin + index}`);
};

for (const name of NAMES) {
  test(`${name}: the state at its end is the golden one`, () => {
    const state = plain(loaded(parseTrace(read(name))).log.head);
    const place = new URL(`${name}.json`, GOLDEN);
    if (WRITE) writeFileSync(place, `${JSON.stringify(state, null, 1)}\n`);
    assert.deepEqual(state, JSON.parse(readFileSync(place, "utf8")));
  });

  test(`${name}: played out, every hop was shown once, and the state is that of its end`, () => {
    const run = loaded(parseTrace(read(name)));
    run.play(START);
    const shown = playOut(run);
    assert.equal(new Set(shown.map(({ seq }) => seq)).size, shown.length);
    assert.equal(shown.length, run.log.end);
    assert.deepEqual(plain(run.state), plain(run.log.head));
  });

  test(`${name}: at any moment the state is what playing up to it gives`, () => {
    const run = loaded(parseTrace(read(name)));
    const random = randomOf(5);
    const states = [run.log.checkpoints[0].state];
    for (const hop of run.log.between(run.log.first, run.log.end)) states.push(reduce(states.at(-1), hop));
    for (let round = 0; round < 200; round += 1) {
      run.goTo((random(1000) / 1000) * run.length);
      assert.deepEqual(plain(run.state), plain(states[run.position - run.log.first]));
    }
  });

  test(`${name}: every record that was stored is drawn, and nothing is read that was not stored`, () => {
    const run = loaded(parseTrace(read(name)));
    const hops = run.log.between(0, run.log.end);
    const acked = hops.filter(({ type }) => type === "ack");
    const counted = acked.reduce((sum, { count }) => sum + count, 0);
    const stored = new Set(acked.flatMap(offsetsOf));
    const voids = hops.filter(({ type }) => type === "void").flatMap(offsetsOf);
    const markers = new Set(voids.filter((offset) => !stored.has(offset)));
    const ends = Object.values(run.log.head.parts).reduce((sum, { end }) => sum + end, 0);
    // Of what somebody else writes nobody tells that it was stored: it is there when it is read.
    const polled = hops.filter(({ type }) => type === "poll").flatMap(offsetsOf);
    const others = new Set(polled.filter((offset) => !stored.has(offset)));
    assert.equal(counted + markers.size + others.size, ends);
  });

  for (const slow of [1, 20]) {
    test(`${name} at 1/${slow}: no record is shown as read before it is shown as stored`, () => {
      const run = loaded(parseTrace(read(name)));
      run.speed(slow, START);
      run.play(START);
      const stored = new Set();
      for (const { type, topic, partition, offset, trace } of playOut(run)) {
        if (type === "ack") stored.add(`${topic} ${partition} ${offset}`);
        if (type === "poll" && trace) assert.ok(stored.has(`${topic} ${partition} ${offset}`), `${topic} ${partition} ${offset}`);
      }
    });
  }
}
