import assert from "node:assert/strict";
import { test } from "node:test";
import { digest, sentence, tallyHop } from "../../static/js/room/sentences.js";
import { together } from "../../static/js/room/together.js";
import { deathOf } from "./helpers.js";

const registry = new Map();
const record = { topic: "orders", partition: 1, offset: 88, key: "A", group: "restaurant", source: "restaurant-1", count: 1 };
const say = (hop) => sentence({ seq: 1, time: 0, ...hop }, registry);

const EXPECTED = [
  [
    { type: "setting", source: "app", data: { name: "held back", value: true } },
    "Kafkaviz holds the crowd back: a group is far behind. Kafka itself would not.",
  ],
  [{ type: "setting", source: "app", data: { name: "held back", value: false } }, "The crowd is held back no longer."],
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
    "restaurant-1 got record A (key A) from orders partition 1, offset 88 again, which had been handled before.",
  ],
  [{ type: "commit", ...record }, "restaurant set its bookmark in orders partition 1 to 89."],
  [{ type: "fail", ...record, error: "Timed out." }, "Failed: record A (key A), orders. Timed out."],
  [{ type: "retry", ...record }, "restaurant-1 is trying record A (key A) again."],
  [{ type: "join", source: "restaurant-2", group: "restaurant" }, "restaurant-2 asks to join group restaurant."],
  [
    { type: "guest", source: "guest rdkafka", group: "restaurant", partitions: [["orders", 0]], data: { client: "rdkafka" } },
    "guest rdkafka, none of ours, is in group restaurant and reads orders 0.",
  ],
  [
    { type: "guest", source: "guest rdkafka", group: "restaurant", partitions: [], data: { client: "rdkafka", left: true } },
    "guest rdkafka left group restaurant.",
  ],
  [{ type: "leave", source: "restaurant-2", group: "restaurant" }, "restaurant-2 left group restaurant."],
  [{ type: "crash", source: "restaurant-2" }, "restaurant-2 crashed. It had no partition."],
  [{ type: "assign", source: "restaurant-2", partitions: [["orders", 2]] }, "restaurant-2 now reads orders 2."],
  [{ type: "revoke", source: "restaurant-2", partitions: [] }, "restaurant-2 gave partitions back; it now reads no partition."],
  [{ type: "lost", source: "restaurant-2", partitions: [] }, "restaurant-2 lost partitions; it now reads no partition."],
  [{ type: "broker_up", source: "broker-2" }, "Broker 2 is up."],
  [{ type: "broker_down", source: "broker-2" }, "Broker 2 is down."],
  [{ type: "leader", source: "broker-2", topic: "orders", partition: 0 }, "Broker 2 now leads orders 0."],
  [
    { type: "isr", source: "broker-1", topic: "orders", partition: 0, data: { in_sync: [1, 3], replicas: [2, 3, 1] } },
    "2 of 3 replicas are in sync, on brokers 1 and 3: orders 0.",
  ],
  [
    { type: "isr", source: "none", topic: "orders", partition: 0, data: { in_sync: [], replicas: [2, 3, 1] } },
    "None of 3 replicas is in sync: orders 0.",
  ],
  [{ type: "leader", source: "none", topic: "orders", partition: 0 }, "orders 0 has no leader now: nobody can write to it or read it."],
  [{ type: "broker_down", source: "broker-2", error: "It was stopped." }, "Broker 2 is down. It was stopped."],
  [{ type: "fail", source: "brokers", error: "No broker answers. Timed out." }, "No broker answers. Timed out."],
  [{ type: "fail", source: "cook-1", group: "cook", error: "This member stopped." }, "cook-1 failed. This member stopped."],
  [
    { type: "retry", source: "cook-1", group: "cook", error: "Commit refused.", data: { wait_s: 0.25 } },
    "cook-1 could not go on and tries again in 0.25 s. Commit refused.",
  ],
  [{ type: "retry", source: "app", error: "They wait.", data: { waiting: 1204 } }, "1,204 records wait at app. They wait."],
  [{ type: "retry", source: "app", data: { waiting: 0 } }, "Kafka answers app again."],
  [{ type: "lag", ...record, data: { end: 91, lag: 3 } }, "restaurant is 3 behind the end of orders partition 1."],
  [{ type: "projection", group: "hearts", key: "luna", data: { hearts: 1204 } }, "hearts now has for luna: hearts 1,204."],
  [{ type: "setting", data: { name: "crowd", value: 100 } }, "crowd was set to 100."],
  [{ type: "setting", group: "cook", data: { name: "commit", value: "before" } }, "cook: commit was set to before."],
  [{ type: "setting", group: "cook", data: { name: "bookmark", value: "beginning" } }, "cook is to read from: the beginning."],
  [{ type: "setting", group: "cook", data: { name: "bookmark", value: "end" } }, "cook is to read from: the end."],
  [{ type: "setting", group: "cook", data: { name: "bookmark", value: "-1" } }, "cook is to read from: 1 minute ago."],
  [{ type: "setting", group: "cook", data: { name: "bookmark", value: "1204" } }, "cook is to read from: offset 1,204."],
  [
    { type: "setting", group: "cook", topic: "orders", partition: 1, data: { name: "bookmark", value: "7" } },
    "cook is to read orders partition 1 from: offset 7.",
  ],
  [
    { type: "setting", group: "cook", data: { name: "members", value: "crash-between", member: "cook-1" } },
    "cook-1 is to crash with the next records that it reads, between its two steps.",
  ],
  [{ type: "setting", group: "cook", data: { name: "members", value: "add", member: "cook-2" } }, "cook-2 is to join cook."],
  [{ type: "setting", group: "cook", data: { name: "members", value: "remove", member: "cook-2" } }, "cook-2 is to leave cook."],
  [
    { type: "setting", group: "cook", data: { name: "members", value: "restart", member: "cook-2" } },
    "cook-2 is to leave cook and come back.",
  ],
  [{ type: "setting", group: "cook", data: { name: "members", value: "crash", member: "cook-2" } }, "cook-2 is to crash at once."],
  [
    { type: "setting", group: "cook", data: { name: "pace", value: {}, change: "pause", member: "cook-2" } },
    "cook-2 is to pause: it stays in cook and reads nothing.",
  ],
  [{ type: "setting", group: "cook", data: { name: "pace", value: {}, change: "resume", member: "cook-2" } }, "cook-2 is to read on."],
  [
    { type: "setting", group: "cook", data: { name: "pace", value: {}, change: "slow", member: "cook-2", seconds: 0.5 } },
    "cook-2 is to take 0.5 s over a record.",
  ],
  [{ type: "setting", group: "cook", data: { name: "pace", value: {}, change: "alike" } }, "All members of cook work alike again."],
  [
    { type: "setting", group: "cook", data: { name: "step", value: "handle", member: "cook-2" } },
    "cook-2 is to handle its record: somebody has it in hand.",
  ],
  [{ type: "setting", data: { name: "poison record", value: "order" } }, "A poison record is sent: handlers will throw at it."],
  [{ type: "setting", data: { name: "dead letters", value: 3 } }, "Dead letters: 3 sent again, to where they came from."],
  [{ type: "setting", data: { name: "dead letters", value: "3 sent again" } }, "Dead letters: 3 sent again, to where they came from."],
  [{ type: "setting", source: "brokers", data: { name: "broker-1", value: "stopped" } }, "Broker 1 is to stop."],
  [{ type: "setting", source: "brokers", data: { name: "broker-1", value: "500 ms slower" } }, "Broker 1 was set to 500 ms slower."],
  [{ type: "setting", data: { name: "constructor", value: "toString" } }, "constructor was set to toString."],
  [{ type: "seek", group: "cook", topic: "orders", partition: 1, offset: 1204 }, "cook now reads orders partition 1 from offset 1,204."],
  [
    { type: "seek", group: "cook", topic: "orders", partition: 1, offset: 0, data: { short: "beginning" } },
    "cook now reads orders partition 1 from offset 0: that log begins no earlier.",
  ],
  [
    { type: "seek", group: "cook", topic: "orders", partition: 1, offset: 3, data: { short: "end" } },
    "cook now reads orders partition 1 from offset 3: that log goes no further.",
  ],
  [{ type: "coordinator", source: "broker-2", group: "cook" }, "Broker 2 now coordinates group cook."],
  [
    { type: "transaction", source: "cook-1", group: "cook", data: { state: "open" } },
    "cook-1 began a transaction: who reads committed records only gets what it sends once that is committed.",
  ],
  [
    { type: "transaction", source: "cook-1", group: "cook", data: { state: "committed" } },
    "cook-1 committed its transaction: what it sent and its bookmarks hold, all at once.",
  ],
  [
    { type: "transaction", source: "cook-1", group: "cook", data: { state: "aborted" }, error: "Its member was fenced." },
    "cook-1 aborted its transaction: who reads committed records only gets nothing of it. Its member was fenced.",
  ],
  [
    { type: "void", source: "cook-1", group: "cook", topic: "orders", partition: 1, offset: 4 },
    "cook-1 passed over orders partition 1, offset 4: the end of a transaction, or a record that was aborted or compacted away.",
  ],
  [
    { type: "void", source: "cook-1", group: "cook", topic: "orders", partition: 1, first: 3, offset: 4 },
    "cook-1 passed over orders partition 1, offsets 3 to 4: ends of transactions, or records that were aborted or compacted away.",
  ],
  [
    { type: "delete", source: "brokers", topic: "orders", partition: 1, offset: 1203 },
    "The log of orders partition 1 begins at 1,204 now: what was before is deleted.",
  ],
  [{ type: "ledger", source: "brokers", data: { balanced: false } }, "The ledger does not add up."],
  [{ type: "ledger", source: "brokers", data: { balanced: true, at_rest: true } }, "The ledger adds up, and nothing is under way."],
  [
    { type: "retry", source: "cook-1", ...record, error: "It threw.", data: { try: 2, of: 3, wait_s: 0.3, records: 1 } },
    "restaurant-1 tries record A (key A) again in 0.30 s, try 2 of 3. It threw.",
  ],
  [
    { type: "retry", source: "cook-1", ...record, error: "It threw.", data: { try: 3, of: 3, wait_s: 0.6, records: 12 } },
    "restaurant-1 tries 12 records again in 0.60 s, try 3 of 3. It threw.",
  ],
  [
    { type: "assign", source: "cook-2", partitions: [["orders", 0]], data: { changed: [["orders", 0]], still_ms: 2345.6 } },
    "cook-2 now reads orders 0. What it took over had stood still for 2.35 s.",
  ],
  [
    { type: "crash", source: "cook-1", partitions: [], data: { changed: [["orders", 0]] } },
    "cook-1 crashed without a word: until the brokers miss it nobody reads orders 0.",
  ],
];

for (const [hop, words] of EXPECTED) {
  test(`${hop.type}: ${words}`, () => assert.equal(say(hop), words));
}

test("a key that turns words round turns only itself round", () => {
  const told = say({ type: "poll", ...record, key: "\u202eabc\u2069" });
  assert.match(told, /\(key \u2068\u202eabc\u2069\) from orders partition 1/);
  assert.equal(say({ type: "poll", ...record, key: "abc" }).includes("\u2068"), false);
});

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
      "Broker 2 is down.",
      "2 of 3 replicas are in sync, on brokers 1 and 3: orders 0, orders 1, orders 2, events 0, events 1.",
      "Broker 3 now leads orders 1, events 1.",
    ],
  );
});
