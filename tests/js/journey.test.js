import assert from "node:assert/strict";
import { test } from "node:test";
import { factsOf, isSame, journeyOf } from "../../static/js/room/journey.js";
import { numbered, roomHops } from "./helpers.js";

const hops = roomHops(4, 60);
const followed = hops.find((hop) => hop.type === "ack" && hop.trace);
const types = ({ stages }) => stages.map(({ hop }) => hop.type);

test("a journey has every step of that record in order, with the gaps between them", () => {
  const { stages } = journeyOf(hops, followed);
  assert.deepEqual(
    stages.map(({ hop }) => hop.type),
    ["send", "ack", "poll", "process", "commit"],
  );
  assert.equal(stages[0].gap, 0);
  for (let index = 1; index < stages.length; index += 1) {
    assert.ok(Math.abs(stages[index].since - stages[index - 1].since - stages[index].gap) < 1e-6);
    assert.ok(stages[index].gap >= 0);
  }
});

test("its facts: key, type, place, who read it and who committed it", () => {
  const { topic, partition, offset, key } = followed;
  assert.deepEqual(factsOf(journeyOf(hops, followed), followed), {
    key,
    type: "order.placed",
    value: undefined,
    place: { topic, partition, offset },
    readers: ["cook-1"],
    committers: ["cook"],
  });
});

test("a record that was read or committed within a run is found in it, once", () => {
  const place = { topic: "orders", partition: 0 };
  const own = { ...place, offset: 40, key: "A", trace: "a".repeat(32), count: 0 };
  const run = { ...place, first: 0, offset: 99, count: 100, group: "cook", source: "cook-1" };
  const flood = [
    { seq: 1, time: 1, type: "ack", source: "crowd", ...run, group: undefined },
    { seq: 2, time: 1, type: "ack", source: "crowd", ...own },
    { seq: 3, time: 2, type: "poll", ...run },
    { seq: 4, time: 3, type: "commit", ...run },
    { seq: 5, time: 4, type: "commit", ...run, first: 100, offset: 120 },
  ];
  const { stages, exact } = journeyOf(flood, own);
  assert.deepEqual(
    stages.map(({ hop }) => hop.seq),
    [2, 3, 4],
  );
  assert.ok(!exact);
});

test("a run has the time of its last part, so steps that were told of runs are in order of cause", () => {
  const place = { topic: "orders", partition: 0 };
  const run = { ...place, group: "cook", source: "cook-1" };
  const flood = numbered([
    { type: "commit", ...run, first: 0, offset: 49 },
    { type: "poll", ...run, first: 40, offset: 99 },
    { type: "ack", source: "crowd", ...place, first: 30, offset: 120 },
  ]);
  assert.deepEqual(types(journeyOf(flood, { ...place, offset: 45 })), ["ack", "poll", "commit"]);
});

test("the same record is known by its trace, or else by its place", () => {
  const { trace, topic, partition, offset } = followed;
  assert.ok(isSame(followed)({ trace }));
  assert.ok(!isSame(followed)({ topic, partition, offset, trace: "x" }));
  assert.ok(isSame({ topic, partition, offset })({ topic, partition, offset, trace }));
});

const trace = "b".repeat(32);
const order = { topic: "orders", key: "A", trace };
const event = { topic: "events", key: "A", trace };

/** An order, and two events that follow from it. */
const story = numbered([
  { type: "send", source: "app", ...order, data: { type: "placed", value: { dish: "soup" } } },
  { type: "ack", source: "app", ...order, partition: 1, offset: 7, data: { type: "placed" } },
  { type: "poll", source: "cook-1", group: "cook", ...order, partition: 1, offset: 7 },
  { type: "send", source: "cook-1", ...event, data: { type: "accepted", value: { by: "cook" } } },
  { type: "send", source: "cook-1", ...event, data: { type: "cooked" } },
  { type: "ack", source: "app", ...event, partition: 0, offset: 3, data: { type: "cooked" } },
  { type: "ack", source: "app", ...event, partition: 0, offset: 2, data: { type: "accepted" } },
  { type: "process", source: "cook-1", group: "cook", ...order, partition: 1, offset: 7 },
]);

test("what followed from a record is a record of its own", () => {
  const journey = journeyOf(story, { ...order, partition: 1, offset: 7 });
  assert.deepEqual(types(journey), ["send", "ack", "poll", "process"]);
  assert.deepEqual(
    journey.others.map(({ type, place }) => [type, place?.offset]),
    [
      ["accepted", 2],
      ["cooked", 3],
    ],
  );
  assert.deepEqual(factsOf(journey, order).value, { dish: "soup" });
});

test("each of them has its own sending, whichever was stored first", () => {
  const accepted = journeyOf(story, { ...event, partition: 0, offset: 2 });
  assert.deepEqual(types(accepted), ["send", "ack"]);
  assert.deepEqual(factsOf(accepted, event).value, { by: "cook" });
  assert.deepEqual(factsOf(journeyOf(story, { ...event, partition: 0, offset: 3 }), event).type, "cooked");
});

test("a record is known by its sending before it has a place, and by its place from then on", () => {
  const pressed = { ...event, seq: 5 };
  assert.equal(journeyOf(story.slice(0, 5), pressed).place, undefined);
  assert.deepEqual(journeyOf(story, pressed).place, { topic: "events", partition: 0, offset: 3 });
});

test("of a trace alone the record that came first is meant", () => {
  assert.deepEqual(journeyOf(story, { trace }).place, { topic: "orders", partition: 1, offset: 7 });
});

test("a place of which nothing was told yet is known all the same", () => {
  const place = { topic: "orders", partition: 2, offset: 9 };
  assert.deepEqual(journeyOf([], place), { place, exact: true, stages: [], others: [] });
});

test("steps are in order of their true times: a reader may be told before the producer", () => {
  const late = story.map((hop) => (hop.type === "ack" ? { ...hop, time: hop.time + 0.015 } : hop));
  assert.deepEqual(types(journeyOf(late, { ...order, partition: 1, offset: 7 })), ["send", "poll", "ack", "process"]);
});
