import assert from "node:assert/strict";
import { test } from "node:test";
import { factsOf, isSame, journeyOf } from "../../static/js/room/journey.js";
import { roomHops } from "./helpers.js";

const hops = roomHops(4, 60);
const followed = hops.find((hop) => hop.type === "ack" && hop.trace);

test("a journey has every step of that record in order, with the gaps between them", () => {
  const stages = journeyOf(hops, followed);
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

test("its facts: key, place, who read it and who committed it", () => {
  assert.deepEqual(factsOf(journeyOf(hops, followed), followed), {
    key: followed.key,
    places: [`orders P${followed.partition} @ ${followed.offset}`],
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
  const stages = journeyOf(flood, own);
  assert.deepEqual(
    stages.map(({ hop }) => hop.seq),
    [2, 3, 4],
  );
});

test("the same record is known by its trace, or else by its place", () => {
  const { trace, topic, partition, offset } = followed;
  assert.ok(isSame(followed)({ trace }));
  assert.ok(!isSame(followed)({ topic, partition, offset, trace: "x" }));
  assert.ok(isSame({ topic, partition, offset })({ topic, partition, offset, trace }));
});
