import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Answer, Watch } from "../../static/js/lessons/conditions.js";
import { Course } from "../../static/js/lessons/course.js";
import { awaited } from "../../static/js/lessons/waiting.js";
import { emptyState } from "../../static/js/room/reducer.js";

const topology = { groups: [{ name: "restaurant", topics: ["orders"] }] };
const poll = (more) => ({ type: "poll", topic: "orders", partition: 0, group: "restaurant", count: 1, ...more });

function answerOf(answer, hops) {
  const reading = new Answer(answer, topology, emptyState());
  for (const hop of hops) reading.take(hop);
  return reading.value(emptyState());
}

const ORDER = { order: { hop: "poll", group: "restaurant" }, field: "key" };

test("an order is told by the keys in the order they were seen, each once", () => {
  const hops = ["b", "a", "b"].map((key) => poll({ key }));
  assert.equal(answerOf(ORDER, hops), "b, a");
});

test("a run that names no record says nothing about keys", () => {
  assert.equal(answerOf(ORDER, [poll({ count: 7 }), poll({ key: "a" })]), "a");
  assert.equal(answerOf(ORDER, [poll({ count: 7 })]), "none");
});

test("a run counts for all its records", () => {
  assert.equal(answerOf({ count: { hop: "poll" } }, [poll({ count: 7 }), poll({ key: "a" })]), "8");
});

test("the first is the first, and the last the last", () => {
  const hops = [poll({ partition: 2 }), poll({ partition: 1 })];
  assert.equal(answerOf({ first: { hop: "poll" }, field: "partition" }, hops), "2");
  assert.equal(answerOf({ last: { hop: "poll" }, field: "partition" }, hops), "1");
});

test("a run begins at its first offset and ends at its last, and a sample of it says neither", () => {
  const hops = [poll({ offset: 9, count: 0 }), poll({ first: 0, offset: 37, count: 38 })];
  assert.equal(answerOf({ first: { hop: "poll" }, field: "offset" }, hops), "0");
  assert.equal(answerOf({ last: { hop: "poll" }, field: "offset" }, hops), "37");
});

test("conditions are met one after the other, each by what comes after the one before", () => {
  const watch = new Watch([{ hop: "crash" }, { hop: "poll", records: 2 }], topology, emptyState(), false);
  watch.take(poll({ count: 5 }), emptyState());
  assert.equal(watch.missing?.hop, "crash");
  watch.take({ type: "crash", group: "restaurant" }, emptyState());
  watch.take(poll({}), emptyState());
  assert.equal(watch.isMet, false);
  watch.take(poll({}), emptyState());
  assert.equal(watch.isMet, true);
});

test("how things stand is looked at only after somebody did something", () => {
  const watch = new Watch([{ lag: "restaurant", exactly: 0 }], topology, emptyState(), true);
  watch.take({ type: "lag", group: "restaurant" }, emptyState());
  assert.equal(watch.isMet, false);
  watch.take({ type: "setting", group: "restaurant" }, emptyState());
  assert.equal(watch.isMet, true);
});

test("late news of the step before does not answer a question that is asked now", () => {
  const until = [{ hop: "poll", group: "restaurant" }];
  const predict = { ask: "Which?", options: [], answer: { first: { hop: "ack" }, field: "partition" } };
  const step = { title: "", say: "", hint: "", show: [], do: [{ label: "" }], until, slow: 1, predict, patience: 20, lack: null };
  const course = new Course({ slug: "late", title: "Late", sandbox: false, steps: [step] }, topology);
  course.go(0, emptyState());
  const met = (hop) => course.take([hop], emptyState());
  assert.equal(met(poll({})), false);
  assert.equal(met({ type: "send", topic: "orders" }), false);
  assert.equal(met(poll({})), false);
  assert.equal(met({ type: "ack", topic: "orders", partition: 1, offset: 0 }), true);
  assert.equal(course.turn.observed.value, "1");
});

test("whatever our lessons wait for has words of its own", () => {
  const folder = new URL("../../apps/lessons/content/", import.meta.url);
  const text = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name.endsWith(".md"))
    .map((entry) => readFileSync(new URL(entry.name, folder), "utf8"))
    .join("\n");
  const hops = new Set([...text.matchAll(/until = .*/g)].flatMap(([line]) => [...line.matchAll(/hop = "(\w+)"/g)].map(([, hop]) => hop)));
  assert.ok(hops.size > 10);
  for (const hop of hops) assert.notEqual(awaited({ hop }), "something to be observed", hop);
});
