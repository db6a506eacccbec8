import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMIT } from "../../static/js/room/flights.js";
import { advance, arrive, createTimeline, flush, isBusy } from "../../static/js/room/timeline.js";
import { roomHops } from "./helpers.js";

/** Plays hops in frames of 50 ms; says when each was shown, and every flight that was made. */
function play(hops) {
  const timeline = createTimeline();
  const shown = [];
  const flights = new Map();
  const ending = hops.at(-1).time * 1000 + 2 * LIMIT + 1000;
  let next = 0;
  for (let now = 1000; now < ending + 1000; now += 16) {
    const ready = [];
    while (next < hops.length && Math.ceil((hops[next].time * 1000) / 50) * 50 <= now - 1000) ready.push(hops[next++]);
    arrive(timeline, ready, now);
    for (const flight of timeline.flights) flights.set(flight.id, flight);
    for (const hop of advance(timeline, now)) shown.push({ hop, now });
  }
  return { shown, flights: [...flights.values()], timeline };
}

const CHAIN = ["send", "ack", "poll", "process", "commit"];

for (const [name, gap] of [
  ["slow", 1],
  ["brisk", 0.2],
  ["flood", 0.01],
]) {
  test(`${name}: no effect is shown before its cause`, () => {
    const { shown } = play(roomHops(5, 60, gap));
    const places = new Map();
    shown.forEach(({ hop }, index) => {
      if (hop.trace) places.set(`${hop.trace} ${hop.type}`, index);
    });
    for (const { hop } of shown) {
      const step = CHAIN.indexOf(hop.type);
      if (!hop.trace || step < 1) continue;
      assert.ok(places.get(`${hop.trace} ${CHAIN[step - 1]}`) < places.get(`${hop.trace} ${hop.type}`), `${hop.type} of ${hop.trace}`);
    }
  });

  test(`${name}: each partition keeps its order in every group`, () => {
    const { shown } = play(roomHops(6, 60, gap));
    const last = new Map();
    for (const { hop } of shown) {
      if (hop.offset === undefined) continue;
      const row = `${hop.type} ${hop.group} ${hop.partition}`;
      assert.ok((last.get(row) ?? -1) <= hop.offset, row);
      last.set(row, hop.offset);
    }
  });

  test(`${name}: everything is shown, never more than the limit late`, () => {
    const hops = roomHops(8, 60, gap);
    const { shown, timeline } = play(hops);
    assert.equal(shown.length, hops.length);
    assert.equal(isBusy(timeline), false);
    for (const { hop, now } of shown) assert.ok(now - 1000 - hop.time * 1000 <= LIMIT + 250, `${hop.type} ${now - 1000 - hop.time * 1000}`);
  });

  test(`${name}: what is drawn is what was counted`, () => {
    const hops = roomHops(11, 80, gap);
    const { flights } = play(hops);
    const sum = (list) => list.reduce((total, one) => total + one.count, 0);
    for (const type of ["ack", "poll"]) {
      const drawn = flights.filter((flight) => flight.type === type && flight.kind !== "rest");
      assert.equal(sum(drawn), sum(hops.filter((hop) => hop.type === type)));
    }
  });
}

test("an edge starts at most four capsules a second", () => {
  const runs = Array.from({ length: 100 }, (_, index) => ({
    seq: index + 1,
    time: index / 20,
    type: "ack",
    source: "app",
    topic: "orders",
    partition: 0,
    first: index * 10,
    offset: index * 10 + 9,
    count: 10,
  }));
  const starts = play(runs).flights.map((flight) => flight.start);
  starts
    .sort((a, b) => a - b)
    .forEach((start, index) => {
      if (index > 0) assert.ok(start - starts[index - 1] >= 250);
    });
});

test("a follow-up record leaves from the member that sent it", () => {
  const trace = "f".repeat(32);
  const timeline = createTimeline();
  const record = { topic: "events", key: "A", trace, count: 1 };
  arrive(
    timeline,
    [
      { seq: 1, time: 0, type: "send", source: "cook-1", ...record },
      { seq: 2, time: 0, type: "ack", source: "app", partition: 0, offset: 0, ...record },
    ],
    0,
  );
  assert.equal(timeline.flights.find((flight) => flight.kind === "travel")?.source, "cook-1");
});

test("flush gives all that is left in the order of seq", () => {
  const hops = roomHops(4, 20, 0.01);
  const timeline = createTimeline();
  arrive(timeline, hops, 0);
  assert.deepEqual(
    flush(timeline).map((hop) => hop.seq),
    hops.map((hop) => hop.seq),
  );
  assert.equal(isBusy(timeline), false);
});

test("runs of one frame are shown causes first, in whatever order they were counted", () => {
  const timeline = createTimeline();
  const run = { time: 0, topic: "orders", partition: 0, first: 0, offset: 9, count: 10, group: "cook", source: "cook-1" };
  const types = ["commit", "process", "poll", "ack"];
  const hops = types.map((type, index) => ({ ...run, seq: index + 1, type, ...(type === "ack" ? { group: undefined } : {}) }));
  arrive(timeline, hops, 0);
  const shown = [];
  for (let now = 0; now < 4000; now += 16) shown.push(...advance(timeline, now).map((hop) => hop.type));
  assert.deepEqual(shown, ["ack", "poll", "process", "commit"]);
});
