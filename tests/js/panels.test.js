import assert from "node:assert/strict";
import { test } from "node:test";
import { panelsOf } from "../../static/js/room/stale.js";

const setting = (source, name, group) => ({ seq: 1, time: 0, type: "setting", source, group, data: { name, value: "x" } });

test("members that come and go make the panels of groups stale, whoever let them", () => {
  for (const type of ["join", "leave", "crash"])
    assert.deepEqual(panelsOf([{ seq: 1, time: 0, type, source: "trending-1", group: "trending" }]), ["groups", "lab"]);
});

test("a setting makes the panel stale that has it", () => {
  assert.deepEqual(panelsOf([setting("trending", "work", "trending")]), ["groups", "lab"]);
  assert.deepEqual(panelsOf([setting("app", "acks")]), ["producer"]);
  assert.deepEqual(panelsOf([setting("app", "crowd")]), ["crowd"]);
  assert.deepEqual(panelsOf([setting("brokers", "broker-2")]), ["brokers"]);
});

test("a flood of records makes no panel stale, and many changes make one so once", () => {
  const record = { seq: 1, time: 0, type: "ack", topic: "hearts", partition: 0, first: 0, offset: 999, count: 1000 };
  const down = { seq: 2, time: 0, type: "broker_down", source: "broker-1" };
  assert.deepEqual(panelsOf(Array(50).fill(record)), []);
  assert.deepEqual(panelsOf([down, record, { ...down, type: "broker_up" }]), ["brokers"]);
});
