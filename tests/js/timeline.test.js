import assert from "node:assert/strict";
import { test } from "node:test";
import { layOut } from "../../static/js/room/layout.js";
import { causesFirst } from "../../static/js/room/order.js";
import { paceOf } from "../../static/js/room/pace.js";
import { reduceAll } from "../../static/js/room/reducer.js";
import { advance, createTimeline, isBusy, schedule, settle } from "../../static/js/room/timeline.js";
import { tokensOf } from "../../static/js/room/tokens.js";
import { roomHops, TOPOLOGY } from "./helpers.js";

/** @param {any[]} hops shown as soon as their time has come */
function play(hops) {
  const timeline = createTimeline(paceOf(1));
  causesFirst(hops).forEach((hop, position) => {
    schedule(timeline, hop, hop.time * 1000, position);
  });
  return timeline;
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
  const record = { topic: "events", key: "A", trace, count: 1 };
  const timeline = play([
    { seq: 1, time: 0, type: "send", source: "cook-1", ...record },
    { seq: 2, time: 0, type: "ack", source: "app", partition: 0, offset: 0, ...record },
  ]);
  assert.equal(timeline.flights.find((flight) => flight.kind === "travel")?.source, "cook-1");
});

test("a record that waits for its answer, and one in a member's hands, stand still where the playhead was put", () => {
  const of = (letter) => ({ topic: "orders", key: letter, trace: letter.repeat(32), count: 1 });
  const place = { partition: 0, group: "cook", source: "cook-1" };
  const hops = [
    { seq: 1, time: 0, type: "send", source: "app", ...of("a") },
    { seq: 2, time: 0, type: "send", source: "app", ...of("b") },
    { seq: 3, time: 0, type: "ack", source: "app", partition: 0, offset: 0, ...of("a") },
    { seq: 4, time: 0, type: "poll", ...place, offset: 0, ...of("a") },
  ];
  const timeline = play(hops);
  advance(timeline, Number.POSITIVE_INFINITY, true);
  settle(timeline, 500, hops[3]);
  assert.deepEqual(timeline.flights.map(({ kind, type, key }) => [kind, type, key]).sort(), [
    ["rest", "poll", "a"],
    ["rest", "send", "b"],
    ["travel", "poll", "a"],
  ]);
  assert.ok(isBusy(timeline));
});

test("runs of one frame are shown causes first, in whatever order they were counted", () => {
  const run = { time: 0, topic: "orders", partition: 0, first: 0, offset: 9, count: 10, group: "cook", source: "cook-1" };
  const types = ["commit", "process", "poll", "ack"];
  const hops = types.map((type, index) => ({ ...run, seq: index + 1, type, ...(type === "ack" ? { group: undefined } : {}) }));
  const timeline = play(hops);
  const shown = [];
  for (let now = 0; now < 4000; now += 16) shown.push(...advance(timeline, now).map(({ hop }) => hop.type));
  assert.deepEqual(shown, ["ack", "poll", "process", "commit"]);
});

test("what fails stays where it was, marked with its tries and then with a cross, until something becomes of it", () => {
  const record = { topic: "orders", partition: 0, offset: 0, key: "A", trace: "a".repeat(32), count: 1, group: "cook", source: "cook-1" };
  const hop = (seq, type, data) => ({ seq, time: seq / 100, type, ...record, data });
  const timeline = createTimeline(paceOf(1));
  const marks = [];
  const told = [hop(1, "poll"), hop(2, "retry", { try: 2, of: 3 }), hop(3, "retry", { try: 3, of: 3 }), hop(4, "fail"), hop(5, "process")];
  for (const one of told) {
    schedule(timeline, one, one.time * 1000, one.seq);
    const held = timeline.flights.find(({ kind }) => kind === "rest");
    marks.push([held?.badge, Boolean(held?.failed)]);
  }
  assert.deepEqual(marks, [
    [undefined, false],
    ["2/3", false],
    ["3/3", false],
    ["✕", true],
    [undefined, false],
  ]);
});

test("a record that its producer gives up stands at the producer with a cross", () => {
  const record = { topic: "orders", key: "A", trace: "a".repeat(32), count: 1, source: "app" };
  const timeline = play([
    { seq: 1, time: 0, type: "send", ...record },
    { seq: 2, time: 10, type: "fail", error: "Message timed out.", ...record },
  ]);
  assert.deepEqual(
    timeline.flights.map(({ kind, type, badge, failed }) => [kind, type, badge, failed]),
    [["rest", "send", "✕", true]],
  );
});

test("a member is seen asking before it is handed a record, and not in a flow", () => {
  const place = { topic: "orders", partition: 0, group: "cook", source: "cook-1", offset: 0 };
  const [slow, hop] = [createTimeline(paceOf(20)), { seq: 1, time: 0, type: "poll", count: 1, key: "A", ...place }];
  schedule(slow, hop, 1000, 0);
  const flight = slow.flights.find(({ kind }) => kind === "travel");
  assert.equal(flight.asked, 1000);
  assert.ok(flight.start > flight.asked + 200);
  const layout = layOut(TOPOLOGY, reduceAll(roomHops(2, 20)), 1000);
  const kinds = (now) => tokensOf(slow.flights, layout, now, new Map()).map(({ kind }) => kind);
  assert.deepEqual(kinds(flight.asked + 1), ["pull"]);
  assert.ok(!kinds(flight.start + 1).includes("pull"));
  const flood = play(
    Array.from({ length: 60 }, (_, n) => ({ ...hop, seq: n + 1, time: n / 20, first: n * 500, offset: n * 500 + 499, count: 500 })),
  );
  assert.ok(flood.flights.some(({ kind, asked }) => kind === "flow" && asked === undefined));
});
