import assert from "node:assert/strict";
import { test } from "node:test";
import { Playback } from "../../static/js/room/playback.js";
import { sentence } from "../../static/js/room/sentences.js";
import { claim, isYours } from "../../static/js/room/yours.js";

const record = { seq: 1, time: 0, type: "ack", source: "app", topic: "orders", partition: 1, offset: 88, key: "A", trace: "mine" };

test("what was sent from this page is said to be yours, and nothing else is", () => {
  claim("mine");
  const registry = new Map([["A", 0]]);
  assert.equal(sentence(record, registry), "Kafka stored record A (key A, yours) in orders partition 1, offset 88.");
  assert.equal(sentence({ ...record, key: null }, registry), "Kafka stored your record without a key in orders partition 1, offset 88.");
  assert.equal(sentence({ ...record, trace: "theirs" }, registry), "Kafka stored record A (key A) in orders partition 1, offset 88.");
  assert.ok(!isYours({ ...record, trace: undefined }));
});

test("in a flood one's own is drawn whole as what is followed is, followed or not", () => {
  claim("mine");
  const playback = new Playback();
  assert.ok(playback.timeline.isFollowed(record));
  playback.follow(({ trace }) => trace === "theirs");
  assert.deepEqual(
    ["mine", "theirs", "others"].map((trace) => playback.timeline.isFollowed({ ...record, trace })),
    [true, true, false],
  );
});

test("of what was sent long ago nothing is remembered", () => {
  claim("old");
  for (let index = 0; index < 200; index += 1) claim(`later ${index}`);
  assert.ok(!isYours({ trace: "old" }));
});
