import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyLine, healthOf, nextLine } from "../../static/js/room/health.js";
import { emptyState, reduceAll } from "../../static/js/room/reducer.js";
import { clusterHops, deathOf, numbered, TOPOLOGY } from "./helpers.js";

const well = clusterHops();
const silent = { type: "fail", source: "brokers", error: "No broker answers. Timed out." };
const waiting = (count, source = "app", more = {}) => ({ type: "retry", source, data: { waiting: count, ...more } });
const bookmark = { type: "commit", source: "cook-1", group: "cook", topic: "orders", partition: 0, offset: 4, count: 1 };
const stateOf = (...hops) => reduceAll([...well, ...numbered(hops.flat(), 200)]);
const leaderless = (topic, partition) => ({ type: "leader", source: "none", topic, partition });
const down = (id) => ({ type: "broker_down", source: `broker-${id}` });

const STORIES = [
  ["nothing is known", emptyState(), ""],
  ["all is well", stateOf(), ""],
  [
    "one broker died",
    stateOf(deathOf(2)),
    "Broker 2 is down. Broker 3 now leads its partitions; 2 of 3 replicas are in sync. What is stored can still be read.",
  ],
  ["nobody has taken over yet: no word of it", stateOf(down(2)), "Broker 2 is down."],
  [
    "two brokers died",
    stateOf(
      deathOf(2),
      deathOf(3).map((hop) => (hop.type === "leader" ? { ...hop, source: "broker-1" } : hop)),
    ),
    "Brokers 2 and 3 are down. 2 of 3 replicas are in sync.",
  ],
  [
    "two of three brokers are down, and what is left may not take records",
    stateOf(
      down(2),
      down(3),
      TOPOLOGY.topics.flatMap(({ name, partitions }) =>
        Array.from({ length: partitions }, (_, partition) => [
          { type: "leader", source: "broker-1", topic: name, partition },
          {
            type: "isr",
            source: "broker-1",
            topic: name,
            partition,
            data: { in_sync: [1], replicas: [1, 2, 3], min_in_sync: 2 },
          },
        ]).flat(),
      ),
    ),
    "Brokers 2 and 3 are down. 1 of 3 replicas is in sync. Where fewer than 2 replicas are in sync, acks=all stores nothing (min.insync.replicas). What is stored can still be read.",
  ],
  [
    "a partition has no leader",
    stateOf(down(2), leaderless("orders", 1)),
    "Broker 2 is down. orders P1 has no leader: nobody can write to it or read it now.",
  ],
  [
    "two have none, and records wait",
    stateOf(leaderless("orders", 1), leaderless("orders", 2), waiting(1)),
    "2 partitions have no leader: nobody can write to them or read them now. 1 record waits at the producer, which keeps trying to send it.",
  ],
  ["nobody answers and nothing else is known", stateOf(silent), "No broker answers."],
  [
    "nobody answers, records wait, bookmarks are known",
    stateOf(bookmark, silent, waiting(1200), waiting(4, "crowd")),
    "No broker answers. 1,204 records wait at the producer, which keeps trying to send them. The groups go on from their bookmarks when Kafka is back.",
  ],
  [
    "back, and not in sync yet",
    stateOf(deathOf(2), { type: "broker_up", source: "broker-2" }),
    "All 3 brokers are up. The replicas on broker 2 are not in sync yet.",
  ],
  ["all answer and records wait", stateOf(waiting(7)), "7 records wait at the producer, which keeps trying to send them."],
  [
    "all answer and records wait for as long as the producer is set to",
    stateOf(waiting(7, "app", { timeout_ms: 120_000 })),
    "7 records wait at the producer, which keeps trying to send each for up to 120 s (message.timeout.ms).",
  ],
  [
    "one waits where few others could",
    stateOf(waiting(1, "app", { timeout_ms: 10_000 })),
    "1 record waits at the producer, which keeps trying to send it for up to 10 s (message.timeout.ms).",
  ],
];

for (const [name, state, text] of STORIES) {
  test(`${name}: ${text || "nothing is said"}`, () => assert.equal(healthOf(state).text, text));
}

test("a bare broker that never told of copies is only said to be down", () => {
  const state = reduceAll(numbered([{ type: "broker_up", source: "broker-1" }, { type: "broker_up", source: "broker-2" }, down(2)]));
  assert.equal(healthOf(state).text, "Broker 2 is down.");
});

test("a partition whose copies are fewer than the others' is told apart", () => {
  const isr = { type: "isr", source: "broker-1", topic: "orders", partition: 0, data: { in_sync: [1], replicas: [1, 2, 3] } };
  const said = healthOf(stateOf(deathOf(2), isr)).text;
  assert.ok(
    said.includes("The partition with the fewest replicas in sync has 1 of 3") || said.includes("the partition with the fewest"),
    said,
  );
});

test("what is stored is called readable only if every leader is up and in sync", () => {
  const isr = { type: "isr", source: "broker-3", topic: "orders", partition: 1, data: { in_sync: [1], replicas: [2, 3, 1] } };
  assert.ok(!healthOf(stateOf(deathOf(2), isr)).text.includes("can still be read"));
});

test("while only a count changes the key stays", () => {
  assert.equal(healthOf(stateOf(silent, waiting(5))).key, healthOf(stateOf(silent, waiting(900))).key);
  assert.notEqual(healthOf(stateOf(silent, waiting(5))).key, healthOf(stateOf(silent)).key);
});

/** Shows states one after another, at their times in milliseconds; the texts that were shown. */
function shown(steps) {
  let line = emptyLine();
  return steps.map(([now, state]) => {
    line = nextLine(line, state, now);
    return line.text;
  });
}

test("a recovery is said once it has lasted, for some seconds, then nothing", () => {
  const dead = stateOf(deathOf(2));
  const again = stateOf();
  const texts = shown([
    [0, again],
    [1000, dead],
    [5000, again],
    [5500, again],
    [6000, again],
    [13000, again],
    [15000, again],
  ]);
  assert.deepEqual([texts[0], texts[2], texts[3]], ["", texts[1], texts[1]]);
  assert.deepEqual(texts.slice(4), ["All 3 brokers are up and in sync again.", "All 3 brokers are up and in sync again.", ""]);
});

test("a recovery that does not last is never said", () => {
  const dead = stateOf(deathOf(2));
  const texts = shown([
    [0, dead],
    [1000, stateOf()],
    [1500, dead],
    [9000, dead],
  ]);
  assert.equal(new Set(texts).size, 1);
});

test("in sync is not said where it was not told", () => {
  const up = numbered([
    { type: "broker_up", source: "broker-1" },
    { type: "broker_up", source: "broker-2" },
  ]);
  const again = reduceAll(up);
  const dead = reduceAll([...up, ...numbered([down(2)], 50)]);
  assert.equal(
    shown([
      [0, dead],
      [2000, again],
      [3000, again],
    ])[2],
    "All 2 brokers are up again.",
  );
});

test("waiting alone is not a failure of brokers, so its end is not said of them", () => {
  const texts = shown([
    [0, stateOf(waiting(9))],
    [2000, stateOf()],
    [3000, stateOf()],
  ]);
  assert.equal(texts[2], "Kafka answers the producer again.");
});

test("a line stays long enough to be read", () => {
  const texts = shown([
    [0, stateOf(down(2))],
    [100, stateOf(deathOf(2))],
    [800, stateOf(deathOf(2))],
  ]);
  assert.equal(texts[1], texts[0]);
  assert.notEqual(texts[2], texts[0]);
});
