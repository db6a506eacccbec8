import assert from "node:assert/strict";
import { test } from "node:test";
import { reduceAll } from "../../static/js/room/reducer.js";
import { changesOf } from "../../static/js/room/setwords.js";

const join = (/** @type {string} */ source, /** @type {number} */ seq) => ({
  seq,
  time: 0,
  type: "join",
  source,
  group: "cook",
  partitions: [],
});
const pace = (/** @type {any} */ value, /** @type {number} */ seq) => ({
  seq,
  time: 0,
  type: "setting",
  source: "cook",
  group: "cook",
  data: { name: "pace", value, change: "slow" },
});

test("a member that alone works otherwise is told beside its group, for as long as it is there", () => {
  const slowed = { "cook-1": { work: 0.5 }, "cook-2": { paused: true, work: 2 } };
  const state = reduceAll([join("cook-1", 1), join("cook-2", 2), pace(slowed, 3)]);
  assert.deepEqual(changesOf(state, "cook"), ["cook-1 0.5 s a record", "cook-2 paused", "cook-2 2.0 s a record"]);
  const gone = reduceAll([{ seq: 4, time: 0, type: "leave", source: "cook-2", group: "cook", data: { changed: [] } }], state);
  assert.deepEqual(changesOf(gone, "cook"), ["cook-1 0.5 s a record"]);
  assert.deepEqual(changesOf(reduceAll([pace({}, 5)], gone), "cook"), []);
});

test("a member that reads on again is as its group is", () => {
  const state = reduceAll([join("cook-1", 1), pace({ "cook-1": { paused: false } }, 2)]);
  assert.deepEqual(changesOf(state, "cook"), []);
});
