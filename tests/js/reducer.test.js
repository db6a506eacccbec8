import assert from "node:assert/strict";
import { test } from "node:test";
import { reduceAll } from "../../static/js/room/reducer.js";
import { clusterHops, compacted, deathOf, numbered, randomOf, roomHops } from "./helpers.js";

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

/** Brokers come and go, fall silent and answer, records wait and go through: the order is drawn from a seed. */
function clusterStory(seed, steps = 60) {
  const random = randomOf(seed);
  const hops = clusterHops();
  const calm = hops.filter((hop) => hop.type !== "broker_up");
  for (let step = 0; step < steps; step += 1) {
    const id = 1 + random(3);
    const one = { ...calm[random(calm.length)], seq: hops.length + 1 };
    const up = hops.slice(0, 3);
    const next = [
      [{ type: "broker_down", source: `broker-${id}` }],
      [{ type: "broker_up", source: `broker-${id}`, data: { host: "127.0.0.1:9000" } }],
      [{ type: "retry", source: ["app", "crowd"][random(2)], data: { waiting: random(3) * 400 } }],
      [one.type === "leader" ? { ...one, source: ["none", "broker-1", "broker-3"][random(3)] } : one],
      [{ type: "fail", source: "brokers", error: "No broker answers." }, ...(random(2) ? up : [])],
    ][random(5)];
    hops.push(...next);
  }
  return numbered(hops);
}

test("what is known of the brokers survives compaction and repetition", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const hops = clusterStory(seed);
    const { seq: _a, time: _b, ...whole } = reduceAll(hops);
    const { seq: _c, time: _d, ...short } = reduceAll(compacted(hops));
    assert.deepEqual(short, whole, `seed ${seed}`);
    assert.deepEqual(reduceAll(hops.flatMap((hop) => [hop, hop])), reduceAll(hops));
  }
});

test("a broker died: its partitions are led by another and their copies are fewer", () => {
  const { brokers, copies } = reduceAll([...clusterHops(), ...deathOf(2)]);
  assert.deepEqual(brokers["broker-2"], { up: false, host: "" });
  assert.deepEqual(copies["orders/1"], { leader: "broker-3", inSync: [1, 3], replicas: [2, 3, 1] });
});

test("a failure or a retry of somebody else says nothing of the brokers", () => {
  const calm = reduceAll(clusterHops());
  const { silence, waiting } = reduceAll(
    [
      { seq: 900, time: 9, type: "fail", source: "cook-1", group: "cook", error: "No." },
      { seq: 901, time: 9, type: "retry", source: "cook-1", group: "cook", error: "No.", data: { wait_s: 1 } },
    ],
    calm,
  );
  assert.deepEqual([silence, waiting], [null, {}]);
});
