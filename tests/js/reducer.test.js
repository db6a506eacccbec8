import assert from "node:assert/strict";
import { test } from "node:test";
import { reduceAll } from "../../static/js/room/reducer.js";
import { compacted, randomOf, roomHops } from "./helpers.js";

test("a compacted backlog gives the same state as the whole log", () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const hops = roomHops(seed, 80);
    const { seq: _a, time: _b, parts: wholeParts, ...whole } = reduceAll(hops);
    const { seq: _c, time: _d, parts: shortParts, ...short } = reduceAll(compacted(hops));
    assert.deepEqual(short, whole);
    assert.deepEqual(shortParts, wholeParts);
  }
});

test("repeated hops change nothing", () => {
  const hops = roomHops(7, 60);
  const twice = hops.flatMap((hop) => [hop, hop]);
  assert.deepEqual(reduceAll(twice), reduceAll(hops));
});

test("lost hops make no total wrong once the next one came", () => {
  const hops = roomHops(9, 60);
  const random = randomOf(3);
  const last = new Set(compacted(hops).map((hop) => hop.seq));
  const thinned = hops.filter((hop) => last.has(hop.seq) || random(2) === 0);
  const whole = reduceAll(hops);
  const lossy = reduceAll(thinned);
  assert.deepEqual(lossy.lanes, whole.lanes);
  assert.deepEqual(
    Object.values(lossy.parts).map((part) => part.end),
    Object.values(whole.parts).map((part) => part.end),
  );
});

test("a sample shows its key and moves no total", () => {
  const place = { topic: "orders", partition: 0, group: "cook", source: "cook-1" };
  const state = reduceAll([
    { seq: 1, time: 0, type: "ack", ...place, first: 0, offset: 99, count: 100 },
    { seq: 2, time: 0, type: "poll", ...place, first: 0, offset: 99, count: 100 },
    { seq: 3, time: 0, type: "ack", ...place, offset: 40, count: 0, key: "A" },
    { seq: 4, time: 0, type: "poll", ...place, offset: 40, count: 0, key: "A" },
  ]);
  assert.equal(state.parts["orders/0"].end, 100);
  assert.equal(state.lanes["cook/orders/0"].position, 100);
  assert.deepEqual(state.parts["orders/0"].cells, [{ offset: 40, key: "A", trace: undefined }]);
});

test("committed can go back: a bookmark may be rewound", () => {
  const place = { topic: "orders", partition: 0, group: "cook", type: "commit", time: 0 };
  const state = reduceAll([
    { seq: 1, ...place, offset: 9 },
    { seq: 2, ...place, offset: 3 },
  ]);
  assert.equal(state.lanes["cook/orders/0"].committed, 4);
});

test("a member that left is gone, one that crashed has no partition", () => {
  const member = { source: "cook-1", group: "cook", time: 0 };
  const joined = { seq: 1, type: "assign", ...member, partitions: [["orders", 0]] };
  assert.deepEqual(reduceAll([joined, { seq: 2, type: "leave", ...member }]).members, {});
  const crashed = reduceAll([joined, { seq: 2, type: "crash", ...member }]).members["cook-1"];
  assert.deepEqual(crashed, { group: "cook", partitions: [], crashed: true });
});
