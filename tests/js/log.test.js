import assert from "node:assert/strict";
import { test } from "node:test";
import { HopLog, isStep } from "../../static/js/room/log.js";
import { causesFirst } from "../../static/js/room/order.js";
import { emptyState, reduceAll } from "../../static/js/room/reducer.js";
import { numbered, randomOf, roomHops } from "./helpers.js";

/** Adds hops in frames of random size. */
function filled(hops, bounds, seed = 1) {
  const random = randomOf(seed);
  const log = new HopLog(bounds);
  for (let at = 0; at < hops.length; ) {
    const size = 1 + random(40);
    log.add(hops.slice(at, at + size));
    at += size;
  }
  return log;
}

test("the state at any position is what the hops before it make", () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const log = filled(roomHops(seed, 300), {}, seed);
    const hops = log.between(0, log.end);
    const random = randomOf(seed);
    for (let round = 0; round < 25; round += 1) {
      const at = random(log.end + 1);
      assert.deepEqual(log.stateAt(at), reduceAll(hops.slice(0, at)), `seed ${seed} at ${at}`);
    }
    assert.deepEqual(log.head, reduceAll(hops));
  }
});

test("what is forgotten is forgotten up to a checkpoint: every state that is left is right, and there is a most", () => {
  const hops = causesFirst(roomHops(3, 2500, 0.02));
  for (const bounds of [{ most: 700 }, { longest: 12 }, { most: 900, longest: 20 }]) {
    const log = filled(hops, bounds, 5);
    assert.ok(log.first > 0);
    assert.equal(log.end, hops.length);
    assert.ok(log.entries.length <= (bounds.most ?? 1e9) + 600, `${log.entries.length} kept`);
    assert.ok(log.whenAt(log.end) - log.whenAt(log.first) <= (bounds.longest ?? 1e9) + 10);
    assert.ok(log.checkpoints[0].at === log.first && log.marks.every((mark) => mark.at >= log.first));
    const random = randomOf(7);
    const forgotten = reduceAll(hops.slice(0, log.first));
    for (let round = 0; round < 15; round += 1) {
      const at = log.first + random(log.end - log.first + 1);
      assert.deepEqual(log.stateAt(at), reduceAll(log.between(log.first, at), forgotten));
    }
  }
});

test("a checkpoint is never more than 500 hops away, nor 2 s where there are hops", () => {
  const log = filled(roomHops(4, 900, 0.002));
  log.checkpoints.forEach(({ at }, index) => {
    assert.ok((log.checkpoints[index + 1]?.at ?? log.end) - at <= 500);
  });
  const slow = filled(roomHops(4, 90, 1));
  slow.checkpoints.forEach(({ at }, index) => {
    const to = slow.checkpoints[index + 1]?.at ?? slow.end;
    assert.ok(slow.whenAt(Math.max(at, to - 1)) - slow.whenAt(at) <= 2);
  });
});

test("a hop that is known already is passed over", () => {
  const hops = roomHops(5, 60);
  const log = filled(hops);
  const { end, head } = log;
  log.add(hops.slice(10, 40));
  assert.equal(log.end, end);
  assert.equal(log.head, head);
});

test("a backlog within the log gives the whole state anew; what was before stays to be looked at", () => {
  const hops = roomHops(6, 80);
  const log = filled(hops.slice(0, 200));
  const state = { ...reduceAll(hops.slice(0, 350)), seq: 350 };
  log.add([{ type: "backlog", seq: 350, time: hops[349].time, data: state }]);
  log.add(hops.slice(350));
  assert.deepEqual(log.stateAt(200), reduceAll(log.between(0, 200)));
  assert.deepEqual(log.stateAt(log.end).parts, reduceAll(hops).parts);
});

test("a reset forgets everything, and an older seq is new again", () => {
  const log = filled(roomHops(6, 80));
  log.reset(emptyState());
  assert.deepEqual([log.first, log.end], [0, 0]);
  log.add(roomHops(1, 5).slice(0, 10));
  assert.equal(log.end, 10);
});

test("time and position find each other, and time never goes back", () => {
  const log = filled(roomHops(8, 120));
  for (let at = 1; at <= log.end; at += 1) {
    assert.ok(log.whenAt(at) >= log.whenAt(at - 1));
    assert.ok(log.positionAt(log.whenAt(at)) >= at);
    assert.ok(log.positionAt(log.whenAt(at) - 1e-9) < at);
  }
  assert.equal(log.positionAt(-1), 0);
  assert.equal(log.positionAt(1e9), log.end);
});

test("steps: a sample of the lag is none; forth and back meet", () => {
  const log = new HopLog();
  const types = ["send", "lag", "ack", "lag", "lag", "poll", "projection"];
  log.add(numbered(types.map((type) => ({ type, topic: "orders", partition: 0, offset: 0, group: "cook", data: {} }))));
  assert.deepEqual(
    [0, 1, 3, 6].map((at) => log.after(at, isStep)),
    [1, 3, 6, 7],
  );
  assert.deepEqual(
    [7, 5, 2, 0].map((at) => log.before(at, isStep)),
    [5, 2, 0, 0],
  );
});

test("failures and rebalances are marked", () => {
  const log = new HopLog();
  log.add(numbered([{ type: "assign", source: "cook-1" }, { type: "lag" }, { type: "broker_down", source: "broker-1" }]));
  assert.deepEqual(
    log.marks.map(({ at, kind }) => [at, kind]),
    [
      [0, "rebalance"],
      [2, "failure"],
    ],
  );
});

const RECORD = { topic: "orders", key: "A", trace: "a".repeat(32), count: 1 };
const PLACE = { ...RECORD, partition: 0, offset: 0 };
const READ = { ...PLACE, group: "cook", source: "cook-1" };
const FOLLOW_UP = { type: "send", source: "cook-1", topic: "events", trace: RECORD.trace, key: "A", count: 1 };
const types = (log) => log.between(log.first, log.end).map(({ type, topic }) => `${type} ${topic}`);

test("a record that was read before its producer heard that it is stored is stored first in the log, in one frame or in two", () => {
  const frame = [
    { seq: 1, time: 1, type: "send", source: "app", ...RECORD },
    { seq: 2, time: 1.01, type: "poll", ...READ },
    { seq: 3, time: 1.02, ...FOLLOW_UP },
    { seq: 4, time: 1.03, type: "process", ...READ },
    { seq: 5, time: 1.04, type: "ack", source: "app", ...PLACE },
  ];
  for (const cut of [0, 1, 2, 3, 4, 5]) {
    const log = new HopLog();
    log.add(frame.slice(0, cut));
    log.add(frame.slice(cut));
    assert.deepEqual(types(log), ["send orders", "ack orders", "poll orders", "send events", "process orders"], `cut at ${cut}`);
    assert.equal(log.seq, 5);
  }
});

test("who waits for an answer that does not come waits half a second, and nothing is lost", () => {
  const log = new HopLog();
  log.add([
    { seq: 1, time: 1, type: "send", source: "app", ...RECORD },
    { seq: 2, time: 1.01, type: "poll", ...READ },
  ]);
  assert.deepEqual(types(log), ["send orders"]);
  log.add([{ seq: 3, time: 1.6, type: "commit", ...READ }]);
  assert.deepEqual(types(log), ["send orders", "poll orders", "commit orders"]);
  const other = new HopLog();
  other.add([{ seq: 1, time: 1, type: "send", source: "app", ...RECORD }]);
  other.add([{ seq: 2, time: 1.01, type: "poll", ...READ }]);
  other.release();
  assert.deepEqual(types(other), ["send orders", "poll orders"]);
});

test("a record of another client has no sending, and is read at once", () => {
  const log = new HopLog();
  log.add([{ seq: 1, time: 1, type: "poll", ...READ }]);
  assert.deepEqual(types(log), ["poll orders"]);
});
