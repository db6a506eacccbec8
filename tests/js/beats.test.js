import assert from "node:assert/strict";
import { test } from "node:test";
import { beatsOf, kindOf, litBy } from "../../static/js/room/beats.js";

const group = (name, topics, more = {}) => ({ name, title: name, topics, emits: ["dead"], ...more });
const TOPICS = [{ name: "orders" }, { name: "events" }, { name: "dead", spare: true }];

test("a first order is told in nine beats, from the press to the card that changes", () => {
  const groups = [
    group("status", ["orders", "events"]),
    group("kitchen", ["orders"], { emits: ["events", "dead"] }),
    group("drivers", ["orders", "events"], { emits: ["events", "dead"] }),
    group("late", ["orders"], { guest: true }),
  ];
  assert.deepEqual(beatsOf({ groups, topics: TOPICS }, "orders", "status"), [
    "send orders",
    "ack orders",
    "poll orders kitchen",
    "poll orders status",
    "poll orders drivers",
    "process orders kitchen",
    "commit orders kitchen",
    "ack events",
    "process events status",
  ]);
});

test("where nothing is written of it, it ends with what its group made of it", () => {
  const groups = [group("counter", ["orders"]), group("bells", ["orders"]), group("queue", ["orders"], { shared: true })];
  assert.deepEqual(beatsOf({ groups, topics: TOPICS }, "orders", "counter"), [
    "send orders",
    "ack orders",
    "poll orders counter",
    "poll orders bells",
    "process orders counter",
    "commit orders counter",
  ]);
});

test("each beat is of the kind of its hop, and lights what it is about", () => {
  assert.equal(kindOf({ type: "ack", topic: "orders", group: "kitchen" }), "ack orders");
  assert.equal(kindOf({ type: "poll", topic: "orders", group: "kitchen" }), "poll orders kitchen");
  const hop = { topic: "orders", partition: 1, offset: 7, group: "kitchen", source: "kitchen-1" };
  assert.match(litBy({ type: "send" }), /"producer"/);
  assert.match(litBy({ ...hop, type: "poll" }), /"cell-orders\/1\/7".*"member-kitchen-1"/);
  assert.match(litBy({ ...hop, type: "commit" }), /"committed-kitchen\/orders\/1"/);
  assert.equal(litBy({ type: "assign" }), "");
});
