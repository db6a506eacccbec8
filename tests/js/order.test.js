import assert from "node:assert/strict";
import { test } from "node:test";
import { causesFirst } from "../../static/js/room/order.js";

const TRACE = "a".repeat(32);
const at = (type, topic, more) => ({ type, topic, partition: 0, offset: 0, count: 1, trace: TRACE, ...more });

test("what a reader sends on is stored after its own reading, though the first producer heard of its record last", () => {
  const send = { type: "send", topic: "orders", source: "app", trace: TRACE };
  const poll = at("poll", "orders", { source: "restaurant-1", group: "restaurant" });
  const sendOn = { type: "send", topic: "events", source: "restaurant-1", trace: TRACE };
  const stored = at("ack", "events", { source: "app" });
  const heard = at("ack", "orders", { source: "app" });
  assert.deepEqual(causesFirst([send, poll, sendOn, stored, heard]), [send, heard, poll, sendOn, stored]);
});

test("a sample of a group's bookmark comes after what was told of its reading before, which may wait for an answer", () => {
  const poll = at("poll", "orders", { source: "cook-1", group: "cook" });
  const sample = { type: "lag", source: "brokers", topic: "orders", partition: 0, offset: 1, group: "cook", data: { end: 1, lag: 0 } };
  const other = { ...sample, group: "delivery", offset: 0 };
  const heard = at("ack", "orders", { source: "app" });
  assert.deepEqual(causesFirst([poll, sample, other, heard]), [heard, poll, sample, other]);
});
