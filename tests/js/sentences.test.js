import assert from "node:assert/strict";
import { test } from "node:test";
import { learn } from "../../static/js/room/keys.js";
import { digest, sentence, tallyHop } from "../../static/js/room/sentences.js";
import { together } from "../../static/js/room/together.js";
import { deathOf } from "./helpers.js";

const registry = new Map();
learn(registry, "A");
const record = { topic: "orders", partition: 1, offset: 88, key: "A", group: "restaurant", source: "restaurant-1", count: 1 };
const say = (hop) => sentence({ seq: 1, time: 0, ...hop }, registry);

const EXPECTED = [
  [{ type: "send", ...record, source: "app" }, "app sent record A (key A) to orders."],
  [
    { type: "ack", ...record, data: { latency_ms: 3.14 } },
    "Kafka stored record A (key A) in orders partition 1, offset 88, and said so after 3.1 ms.",
  ],
  [{ type: "poll", ...record }, "restaurant-1 read record A (key A) from orders partition 1, offset 88. The record stays in the log."],
  [
    { type: "poll", ...record, key: undefined, first: 80, count: 9 },
    "restaurant-1 read 9 records from orders partition 1, offsets 80 to 88. They stay in the log.",
  ],
  [{ type: "process", ...record }, "restaurant-1 handled record A (key A) from orders partition 1, offset 88."],
  [
    { type: "process", ...record, data: { redelivered: 1 } },
    "restaurant-1 handled record A (key A) from orders partition 1, offset 88 again: it was delivered twice.",
  ],
  [{ type: "commit", ...record }, "restaurant set its bookmark in orders partition 1 to 89."],
  [{ type: "fail", ...record, error: "Timed out." }, "Failed: record A (key A), orders. Timed out."],
  [{ type: "retry", ...record }, "restaurant-1 is trying record A (key A) again."],
  [{ type: "join", source: "restaurant-2", group: "restaurant" }, "restaurant-2 joined group restaurant."],
  [{ type: "leave", source: "restaurant-2", group: "restaurant" }, "restaurant-2 left group restaurant."],
  [{ type: "crash", source: "restaurant-2" }, "restaurant-2 crashed."],
  [{ type: "assign", source: "restaurant-2", partitions: [["orders", 2]] }, "restaurant-2 now reads orders 2."],
  [{ type: "revoke", source: "restaurant-2", partitions: [] }, "restaurant-2 gave partitions back; it now reads no partition."],
  [{ type: "lost", source: "restaurant-2", partitions: [] }, "restaurant-2 lost partitions; it now reads no partition."],
  [{ type: "broker_up", source: "broker-2" }, "broker-2 is up."],
  [{ type: "broker_down", source: "broker-2" }, "broker-2 is down."],
  [{ type: "leader", source: "broker-2", topic: "orders", partition: 0 }, "broker-2 now leads orders 0."],
  [
    { type: "isr", source: "broker-1", topic: "orders", partition: 0, data: { in_sync: [1, 3], replicas: [2, 3, 1] } },
    "2 of 3 copies are in sync, on brokers 1 and 3: orders 0.",
  ],
  [
    { type: "isr", source: "none", topic: "orders", partition: 0, data: { in_sync: [], replicas: [2, 3, 1] } },
    "None of 3 copies is in sync: orders 0.",
  ],
  [{ type: "leader", source: "none", topic: "orders", partition: 0 }, "orders 0 has no leader now: nobody can write to it or read it."],
  [{ type: "broker_down", source: "broker-2", error: "It was stopped." }, "broker-2 is down. It was stopped."],
  [{ type: "fail", source: "brokers", error: "No broker answers. Timed out." }, "No broker answers. Timed out."],
  [{ type: "fail", source: "cook-1", group: "cook", error: "This member stopped." }, "cook-1 failed. This member stopped."],
  [
    { type: "retry", source: "cook-1", group: "cook", error: "Commit refused.", data: { wait_s: 0.25 } },
    "cook-1 could not go on and tries again in 0.25 s. Commit refused.",
  ],
  [{ type: "retry", source: "app", error: "They wait.", data: { waiting: 1204 } }, "1,204 records wait at app. They wait."],
  [{ type: "retry", source: "app", data: { waiting: 0 } }, "No record waits at app any more."],
  [{ type: "lag", ...record, data: { end: 91, lag: 3 } }, "restaurant is 3 behind the end of orders partition 1."],
  [{ type: "projection", group: "hearts", key: "luna", data: { hearts: 1204 } }, "hearts now has for luna: hearts 1,204."],
  [{ type: "setting", data: { name: "crowd", value: 100 } }, "crowd was set to 100."],
];

for (const [hop, words] of EXPECTED) {
  test(`${hop.type}: ${words}`, () => assert.equal(say(hop), words));
}

test("a flood is one line a second, exact", () => {
  const tally = new Map();
  tallyHop(tally, { type: "ack", topic: "hearts", count: 20000 });
  tallyHop(tally, { type: "ack", topic: "hearts", count: 112 });
  tallyHop(tally, { type: "poll", topic: "hearts", group: "heart-counter", count: 20050 });
  assert.equal(digest(tally), "In the last second: 20,112 records stored in hearts; heart-counter read 20,050.");
  assert.equal(digest(new Map()), "");
});

test("a dead broker is told in few lines: what is the same of many partitions is said once", () => {
  assert.deepEqual(
    together(deathOf(2)).map((hop) => sentence(hop, registry)),
    [
      "broker-2 is down.",
      "2 of 3 copies are in sync, on brokers 1 and 3: orders 0, orders 1, orders 2, events 0, events 1.",
      "broker-3 now leads orders 1, events 1.",
    ],
  );
});
