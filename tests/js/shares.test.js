import assert from "node:assert/strict";
import { test } from "node:test";
import { layOut } from "../../static/js/room/layout.js";
import { ledgerLines } from "../../static/js/room/ledger.js";
import { causesFirst } from "../../static/js/room/order.js";
import { emptyState, reduceAll } from "../../static/js/room/reducer.js";
import { sceneOf } from "../../static/js/room/scene.js";
import { sentence } from "../../static/js/room/sentences.js";
import { shareAt, signOf } from "../../static/js/room/shares.js";
import { usedPart } from "../../static/js/room/used.js";
import { numbered, TOPOLOGY } from "./helpers.js";

const QUEUE = { name: "queue", title: "Share group", icon: "🎟", topics: ["orders"], guest: true, shared: true };
const WITH_QUEUE = { ...TOPOLOGY, groups: [...TOPOLOGY.groups, QUEUE] };
const place = { topic: "orders", partition: 1, group: "queue", count: 1 };
const polled = (offset, by, deliveries = 1) => ({ type: "poll", source: `queue-${by}`, ...place, offset, data: { deliveries } });
const answered = (offset, by, as, deliveries = 1) => ({
  type: "acknowledge",
  source: `queue-${by}`,
  ...place,
  offset,
  data: { as, deliveries, ...(as === "release" ? { limit: 5 } : {}) },
});
const joined = (by) => ({ type: "join", source: `queue-${by}`, group: "queue" });
const stored = [0, 1, 2].map((offset) => ({
  type: "ack",
  source: "app",
  ...place,
  group: undefined,
  offset,
  key: "A",
  data: { latency_ms: 1 },
}));
const story = numbered([
  ...stored,
  joined(1),
  joined(2),
  polled(0, 1),
  polled(1, 2),
  answered(1, 2, "release"),
  polled(1, 1, 2),
  answered(1, 1, "accept", 2),
  answered(0, 1, "reject"),
  polled(2, 2),
]);

test("who took a record last, and what was answered, is known of each", () => {
  const shares = reduceAll(story).shares["queue/orders/1"];
  assert.deepEqual(
    [0, 1, 2, 3].map((offset) => shareAt(shares, offset)).map((share) => share && signOf(share)),
    ["1✕", "1✓", "2○", undefined],
  );
});

test("a run is taken in whole and answered for in parts", () => {
  const run = { ...polled(99, 1), first: 0, count: 100 };
  const state = reduceAll(numbered([run, { ...answered(49, 1, "accept"), first: 40, count: 10 }]));
  const signs = [39, 40, 49, 50].map((offset) => signOf(/** @type {any} */ (shareAt(state.shares["queue/orders/1"], offset))));
  assert.deepEqual(signs, ["1○", "1✓", "1✓", "1○"]);
});

test("a share group has no position, no bookmark and no lag, in the picture either", () => {
  const state = reduceAll(story);
  assert.deepEqual(state.lanes, {});
  const used = usedPart(WITH_QUEUE, state);
  const items = sceneOf(used, state, layOut(used, state, 1232), new Map());
  const own = items.filter(({ id }) => id.includes("queue/orders/1"));
  assert.deepEqual(
    own.map(({ text }) => text),
    ["🎟 queue", "1✕", "1✓", "2○"],
  );
  assert.ok(!items.some(({ text }) => text?.includes("none of ours reads") && text.includes("queue")));
  assert.equal(items.filter(({ text }) => text === "takes single records").length, 2);
});

test("a share group that nobody has called is not there", () => {
  assert.ok(!usedPart(WITH_QUEUE, emptyState()).groups.some(({ name }) => name === "queue"));
});

test("a crashed member is shown until what it held is delivered again", () => {
  const crash = { type: "crash", source: "queue-2", group: "queue", data: { held: 1 } };
  const crashed = [...story, ...numbered([crash], 100)];
  assert.equal(reduceAll(crashed).members["queue-2"].crashed, true);
  assert.equal(reduceAll([...crashed, ...numbered([polled(3, 1)], 110)]).members["queue-2"].crashed, true);
  assert.equal(reduceAll([...crashed, ...numbered([polled(2, 1, 2)], 110)]).members["queue-2"], undefined);
});

test("what is delivered again comes after its release, also within one frame", () => {
  const frame = numbered([polled(1, 2), answered(1, 2, "release"), polled(1, 1, 2), answered(1, 1, "release", 2), polled(1, 2, 3)]);
  assert.deepEqual(
    causesFirst(frame).map(({ seq }) => seq),
    [1, 2, 3, 4, 5],
  );
});

const say = (hop) => sentence({ seq: 1, time: 0, key: "A", ...hop }, new Map([["A", 0]]));
const SENTENCES = [
  [polled(7, 1), "queue-1 took record A (key A) from orders partition 1, offset 7. Until it answers nobody else in its group gets that."],
  [polled(7, 1, 2), "queue-1 took record A (key A) from orders partition 1, offset 7, delivered for the second time."],
  [answered(7, 1, "accept"), "queue-1 accepted record A (key A) from orders partition 1, offset 7: its group is done with that."],
  [answered(7, 1, "release"), "queue-1 released record A (key A) from orders partition 1, offset 7, to be delivered again."],
  [
    answered(7, 1, "release", 5),
    "queue-1 released record A (key A) from orders partition 1, offset 7 for the fifth time. Kafka delivers it no more: it is given up.",
  ],
  [answered(7, 1, "reject"), "queue-1 rejected record A (key A) from orders partition 1, offset 7: nobody in its group gets that again."],
  [{ type: "crash", source: "queue-1", group: "queue", data: { held: 0 } }, "queue-1 crashed. It had no record in its hands."],
  [
    { type: "crash", source: "queue-1", group: "queue", data: { held: 3 } },
    "queue-1 crashed with 3 records in its hands: others get them when the brokers miss it, or their locks end.",
  ],
];

for (const [hop, words] of SENTENCES) test(`${hop.type}: ${words}`, () => assert.equal(say(hop), words));

test("the ledger says of each record what became of it", () => {
  const queue = { processed: 6, again: 1, dead: 0, rejected: 2, given_up: 1, waiting: 3 };
  const account = { topics: {}, groups: { queue }, at_rest: false, balanced: true };
  assert.deepEqual(ledgerLines(WITH_QUEUE, account), [
    [
      "group/queue",
      "Share group",
      "6 accepted · 1 handled again · 2 rejected · 1 given up after the last delivery · 3 wait to be answered for",
    ],
  ]);
});
