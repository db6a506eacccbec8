import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { beatsOf, DeathStory, kindOf, litBy, RebalanceStory, RecordStory } from "../../static/js/room/beats.js";
import { parseTrace } from "../../static/js/room/trace.js";

/** A saved run of a real Kafka: what its room is like, and its hops in order. */
function run(name) {
  const { head, frames } = parseTrace(readFileSync(new URL(`../../traces/${name}.ndjson`, import.meta.url), "utf8"));
  return { topology: head.topology, hops: frames.flatMap(({ hops }) => hops) };
}

/** What is told of them, as type and who. */
function told(story, hops) {
  const beats = hops.filter((hop) => story.takes(hop));
  assert.deepEqual(story.found, beats, "each beat is a hop that was observed");
  assert.deepEqual(
    beats.filter((hop) => !story.takes(hop)),
    [],
    "who asks again is told the same",
  );
  return beats.map(({ type, source }) => `${type} ${source}`);
}

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
  assert.match(
    litBy({ ...hop, topic: undefined, type: "assign", data: { changed: [["orders", 2]] } }),
    /"member-kitchen-1".*"track-orders\/2"/,
  );
  assert.match(litBy({ type: "broker_down", source: "broker-2" }), /"broker-broker-2"/);
  assert.equal(litBy({ type: "lag" }), "");
});

for (const [name, record, beats] of [
  ["food-order", "orders", 9],
  ["stock-ticks", "prices", 6],
])
  test(`a first record of a saved run, ${name}, is told from its sending to its card`, () => {
    const { topology, hops } = run(name);
    const action = topology.actions.find(({ own }) => own);
    const story = new RecordStory(topology, action.own);
    const first = told(story, hops);
    assert.match(first[0], /^send /);
    assert.equal(story.first.topic, record);
    assert.deepEqual([first.length, story.count, story.isOver], [beats, beats, true]);
  });

test("a member that joins a group takes a partition over, told in four beats", () => {
  const { hops } = run("member-joins");
  const isFirst = ({ type, data }) => type === "setting" && data.name === "members";
  const joining = new RebalanceStory(hops.find(isFirst));
  assert.deepEqual(told(joining, hops), ["setting restaurant", "join restaurant-2", "revoke restaurant-1", "assign restaurant-2"]);
  assert.ok(joining.isOver);
  const leaving = new RebalanceStory(hops.findLast(isFirst));
  assert.deepEqual(told(leaving, hops), ["setting restaurant", "revoke restaurant-2", "leave restaurant-2", "assign restaurant-1"]);
});

test("a rebalance is over only when each partition that was taken has a reader again", () => {
  const hop = (seq, type, source, ...changed) => ({ seq, time: seq, type, source, group: "cook", data: { changed } });
  const hops = [
    hop(7, "crash", "cook-1", ["orders", 0], ["orders", 1]),
    hop(8, "assign", "cook-2"),
    hop(9, "assign", "cook-2", ["orders", 0]),
    { ...hop(10, "join", "bell-1"), group: "bell" },
    hop(11, "assign", "cook-3", ["orders", 1]),
    hop(12, "assign", "cook-4", ["orders", 2]),
  ];
  assert.deepEqual(told(new RebalanceStory(hops[0]), hops), ["crash cook-1", "assign cook-2", "assign cook-3"]);
});

test("a broker's death is told from the broker that is gone to who leads from now on", () => {
  const { hops } = run("broker-dies");
  const story = new DeathStory(hops.find(({ type }) => type === "broker_down"));
  assert.deepEqual(told(story, hops), ["broker_down broker-2", "isr broker-1", "leader broker-3"]);
  assert.ok(story.isOver);
});

test("while nobody leads a partition that is a beat of its own", () => {
  const hop = (seq, type, source, time) => ({ seq, time, type, source, topic: "orders", partition: 0 });
  const hops = [
    { ...hop(1, "setting", "brokers", 1), data: { name: "broker-2", value: "stopped" } },
    hop(2, "broker_down", "broker-2", 2),
    hop(3, "leader", "none", 2),
    hop(4, "leader", "none", 2),
    hop(5, "leader", "broker-1", 3),
    hop(6, "coordinator", "broker-1", 3),
    hop(7, "isr", "broker-1", 9),
  ];
  const beats = ["setting brokers", "broker_down broker-2", "leader none", "leader broker-1", "coordinator broker-1"];
  assert.deepEqual(told(new DeathStory(hops[0]), hops), beats);
});
