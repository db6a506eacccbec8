import assert from "node:assert/strict";
import { test } from "node:test";
import { layOut } from "../../static/js/room/layout.js";
import { rebalancing } from "../../static/js/room/readers.js";
import { positionIn, reduce, reduceAll } from "../../static/js/room/reducer.js";
import { clusterHops, compacted, deathOf, numbered, randomOf, roomHops, TOPOLOGY } from "./helpers.js";

test("a compacted backlog gives the same state as the whole log", () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const hops = roomHops(seed, 80);
    const { seq: _a, time: _b, parts: wholeParts, ...whole } = reduceAll(hops);
    const { seq: _c, time: _d, parts: shortParts, ...short } = reduceAll(compacted(hops));
    assert.deepEqual(short, whole);
    assert.deepEqual(shortParts, wholeParts);
  }
});

test("repeated hops change nothing", () => {
  const hops = roomHops(7, 60);
  const twice = hops.flatMap((hop) => [hop, hop]);
  assert.deepEqual(reduceAll(twice), reduceAll(hops));
});

test("lost hops make no total wrong once the next one came", () => {
  const hops = roomHops(9, 60);
  const random = randomOf(3);
  const last = new Set(compacted(hops).map((hop) => hop.seq));
  const thinned = hops.filter((hop) => last.has(hop.seq) || random(2) === 0);
  const whole = reduceAll(hops);
  const lossy = reduceAll(thinned);
  assert.deepEqual(lossy.lanes, whole.lanes);
  assert.deepEqual(
    Object.values(lossy.parts).map((part) => part.end),
    Object.values(whole.parts).map((part) => part.end),
  );
});

test("a sample shows its key and moves no total", () => {
  const place = { topic: "orders", partition: 0, group: "cook", source: "cook-1" };
  const state = reduceAll([
    { seq: 1, time: 0, type: "ack", ...place, first: 0, offset: 99, count: 100 },
    { seq: 2, time: 0, type: "poll", ...place, first: 0, offset: 99, count: 100 },
    { seq: 3, time: 0, type: "ack", ...place, offset: 40, count: 0, key: "A" },
    { seq: 4, time: 0, type: "poll", ...place, offset: 40, count: 0, key: "A" },
  ]);
  assert.equal(state.parts["orders/0"].end, 100);
  assert.equal(state.lanes["cook/orders/0"].position, 100);
  assert.deepEqual(state.parts["orders/0"].cells, [{ offset: 40, key: "A", trace: undefined }]);
});

test("offsets without a record are passed over, and told again change nothing", () => {
  const place = { topic: "orders", partition: 0, group: "cook", source: "cook-1", time: 0 };
  const hops = [
    { seq: 1, type: "ack", ...place, offset: 2, key: "A" },
    { seq: 2, type: "void", ...place, first: 0, offset: 1 },
    { seq: 3, type: "poll", ...place, offset: 2 },
    { seq: 4, type: "void", ...place, offset: 3 },
    { seq: 5, type: "void", ...place, offset: 3 },
  ];
  const state = reduceAll(hops);
  assert.deepEqual(state.parts["orders/0"].voids, [0, 1, 3]);
  assert.equal(state.parts["orders/0"].end, 4);
  assert.equal(state.lanes["cook/orders/0"].position, 4);
});

test("a log begins where the brokers last said, and what was said late or twice changes nothing", () => {
  const place = { topic: "orders", partition: 0, source: "brokers", type: "delete", time: 0 };
  const after = (/** @type {number[]} */ ...offsets) => reduceAll(offsets.map((offset, index) => ({ seq: index + 1, ...place, offset })));
  assert.equal(after(11).parts["orders/0"].start, 12);
  assert.equal(after(11).parts["orders/0"].end, 12, "where nothing else is known of it, it ends there, too");
  assert.deepEqual(after(11, 11, 3), { ...after(11), seq: 3 });
});

test("a member's transaction is open until it is ended", () => {
  const member = { source: "cook-1", group: "cook", type: "transaction", time: 0 };
  const open = reduceAll([{ seq: 1, ...member, data: { state: "open" } }]);
  assert.equal(open.members["cook-1"].open, true);
  const ended = reduceAll([{ seq: 2, ...member, data: { state: "committed" } }], open);
  assert.equal(ended.members["cook-1"].open, false);
});

test("committed can go back: a bookmark may be rewound", () => {
  const place = { topic: "orders", partition: 0, group: "cook", type: "commit", time: 0 };
  const state = reduceAll([
    { seq: 1, ...place, offset: 9 },
    { seq: 2, ...place, offset: 3 },
  ]);
  assert.equal(state.lanes["cook/orders/0"].committed, 4);
});

test("a member that left is gone, one that crashed has no partition", () => {
  const member = { source: "cook-1", group: "cook", time: 0 };
  const joined = { seq: 1, type: "assign", ...member, partitions: [["orders", 0]] };
  assert.deepEqual(reduceAll([joined, { seq: 2, type: "leave", ...member }]).members, {});
  const crashed = reduceAll([joined, crashOf(member)]).members["cook-1"];
  assert.deepEqual(crashed, { group: "cook", partitions: [], crashed: true, had: [["orders", 0]] });
});

const crashOf = (member) => ({ seq: 2, type: "crash", ...member, partitions: [], data: { changed: [["orders", 0]] } });

test("a crashed member is shown until others read all that it had", () => {
  const [one, two] = ["cook-1", "cook-2"].map((source) => ({ source, group: "cook", time: 0 }));
  const before = reduceAll([{ seq: 1, type: "assign", ...one, partitions: [["orders", 0]] }, crashOf(one)]);
  const elsewhere = reduceAll([{ seq: 3, type: "assign", ...two, partitions: [["orders", 1]] }], before);
  assert.deepEqual(Object.keys(elsewhere.members), ["cook-1", "cook-2"]);
  const places = [
    ["orders", 0],
    ["orders", 1],
  ];
  const taken = { seq: 4, type: "assign", ...two, partitions: places, data: { changed: [["orders", 0]], still_ms: 2345.6 }, time: 7 };
  const after = reduceAll([taken], elsewhere);
  assert.deepEqual(Object.keys(after.members), ["cook-2"]);
  assert.deepEqual(after.handovers, { cook: { ms: 2345.6, partitions: 1, time: 7 } });
});

test("a group stood still for as long as the last of its members that took over at once", () => {
  const taken = (seq, time, source, still_ms, changed) => ({
    seq,
    time,
    type: "assign",
    source,
    group: "cook",
    partitions: changed,
    data: { still_ms, changed },
  });
  const first = taken(1, 7, "cook-2", 562.6, [
    ["orders", 0],
    ["orders", 1],
  ]);
  const after = reduceAll([first, taken(2, 7.1, "cook-1", 98.5, [["orders", 2]])]);
  assert.deepEqual(after.handovers, { cook: { ms: 562.6, partitions: 3, time: 7 } });
  const again = reduceAll([taken(3, 9, "cook-1", 98.5, [["orders", 2]])], after);
  assert.deepEqual(again.handovers, { cook: { ms: 98.5, partitions: 1, time: 9 } });
});

test("a group that is sent elsewhere reads on from there, and a later bookmark holds", () => {
  const place = { source: "cook-1", topic: "orders", partition: 0, group: "cook", time: 0 };
  const sought = reduceAll([
    { seq: 1, type: "commit", ...place, offset: 9 },
    { seq: 2, type: "seek", ...place, offset: 3 },
  ]);
  assert.deepEqual(sought.lanes["cook/orders/0"], { position: 3, reader: "cook-1", committed: 3, set: 0, sampled: undefined });
  const later = reduceAll([{ seq: 3, type: "commit", ...place, offset: 3 }], sought);
  assert.equal(later.lanes["cook/orders/0"].committed, 4);
});

test("the ledger is what was told last", () => {
  const [first, second] = [1, 2].map((seq) => ({ seq, time: 0, type: "ledger", source: "brokers", data: { balanced: true, n: seq } }));
  assert.equal(reduceAll([first, second]).ledger, second.data);
});

test("a setting of a group and one of the producer with the same name are two", () => {
  const setting = { type: "setting", time: 0, data: { name: "commit", value: "before" } };
  const state = reduceAll([
    { seq: 1, ...setting, group: "cook" },
    { seq: 2, ...setting },
  ]);
  assert.deepEqual(state.settings, { "cook/commit": "before", commit: "before" });
});

const client = (group, name, value, settings) => ({
  type: "setting",
  source: group ?? "app",
  ...(group && { group }),
  data: { name, value, ...(settings && { settings }) },
});

/** Controls are used, of the producers and of two groups: the order is drawn from a seed. */
function settingStory(seed, steps = 40) {
  const random = randomOf(seed);
  const hops = [
    client(undefined, "began", { acks: "all", keys: "own" }, { app: { acks: "all" }, crowd: { acks: "all", "linger.ms": 50 } }),
    ...["cook", "status"].map((group) =>
      client(group, "began", { commit: "after", work: "0" }, { [group]: { "enable.auto.commit": false } }),
    ),
  ];
  for (let step = 0; step < steps; step += 1) {
    const group = ["cook", "status"][random(2)];
    const acks = ["all", "1", "0"][random(3)];
    const auto = random(2) === 1;
    hops.push(
      [
        client(undefined, "acks", acks, { app: { acks }, crowd: { acks, "linger.ms": 50 } }),
        client(group, "commit", auto ? "auto" : "after", { [group]: { "enable.auto.commit": auto } }),
        client(group, "members", ["add", "crash"][random(2)]),
        client(undefined, "crowd", random(100)),
      ][random(4)],
    );
  }
  return numbered(hops);
}

test("how every client is set survives compaction and repetition", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const hops = settingStory(seed);
    const { seq: _a, time: _b, ...whole } = reduceAll(hops);
    const { seq: _c, time: _d, ...short } = reduceAll(compacted(hops));
    assert.deepEqual(short, whole, `seed ${seed}`);
    assert.deepEqual(reduceAll(hops.flatMap((hop) => [hop, hop])), reduceAll(hops));
  }
});

test("each client is set as was told last, and how it began is known still", () => {
  const state = reduceAll([
    ...settingStory(1, 0),
    client(undefined, "acks", "0", { app: { acks: "0" }, crowd: { acks: "0", "linger.ms": 50 } }),
    client("cook", "commit", "auto", { cook: { "enable.auto.commit": true } }),
  ]);
  assert.deepEqual(state.clients, {
    app: { acks: "0" },
    crowd: { acks: "0", "linger.ms": 50 },
    cook: { "enable.auto.commit": true },
    status: { "enable.auto.commit": false },
  });
  assert.deepEqual(state.began.app, { settings: { acks: "all" }, choices: { acks: "all", keys: "own" } });
  assert.deepEqual(state.began.cook, { settings: { "enable.auto.commit": false }, choices: { commit: "after", work: "0" } });
  assert.deepEqual(state.settings, { acks: "0", "cook/commit": "auto" });
});

/** Brokers come and go, fall silent and answer, records wait and go through: the order is drawn from a seed. */
function clusterStory(seed, steps = 60) {
  const random = randomOf(seed);
  const hops = clusterHops();
  const calm = hops.filter((hop) => hop.type !== "broker_up");
  for (let step = 0; step < steps; step += 1) {
    const id = 1 + random(3);
    const one = { ...calm[random(calm.length)], seq: hops.length + 1 };
    const up = hops.slice(0, 3);
    const next = [
      [{ type: "broker_down", source: `broker-${id}` }],
      [{ type: "broker_up", source: `broker-${id}`, data: { host: "127.0.0.1:9000" } }],
      [{ type: "retry", source: ["app", "crowd"][random(2)], data: { waiting: random(3) * 400 } }],
      [one.type === "leader" ? { ...one, source: ["none", "broker-1", "broker-3"][random(3)] } : one],
      [{ type: "fail", source: "brokers", error: "No broker answers." }, ...(random(2) ? up : [])],
    ][random(5)];
    hops.push(...next);
  }
  return numbered(hops);
}

test("what is known of the brokers survives compaction and repetition", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const hops = clusterStory(seed);
    const { seq: _a, time: _b, ...whole } = reduceAll(hops);
    const { seq: _c, time: _d, ...short } = reduceAll(compacted(hops));
    assert.deepEqual(short, whole, `seed ${seed}`);
    assert.deepEqual(reduceAll(hops.flatMap((hop) => [hop, hop])), reduceAll(hops));
  }
});

test("a broker died: its partitions are led by another and their copies are fewer", () => {
  const { brokers, copies } = reduceAll([...clusterHops(), ...deathOf(2)]);
  assert.deepEqual(brokers["broker-2"], { up: false, host: "", delay: 0 });
  assert.deepEqual(copies["orders/1"], { leader: "broker-3", inSync: [1, 3], replicas: [2, 3, 1], by: "sampled", least: undefined });
});

test("a failure or a retry of somebody else says nothing of the brokers", () => {
  const calm = reduceAll(clusterHops());
  const { silence, waiting } = reduceAll(
    [
      { seq: 900, time: 9, type: "fail", source: "cook-1", group: "cook", error: "No." },
      { seq: 901, time: 9, type: "retry", source: "cook-1", group: "cook", error: "No.", data: { wait_s: 1 } },
    ],
    calm,
  );
  assert.deepEqual([silence, waiting], [null, {}]);
});

test("where records come without an answer, no earlier answer's time stands beside the end", () => {
  const place = { topic: "orders", partition: 0 };
  const acked = { seq: 1, time: 0, type: "ack", source: "app", ...place, offset: 0, count: 1, data: { latency_ms: 3.1 } };
  const lag = (seq, end) => ({ seq, time: 1, type: "lag", source: "brokers", ...place, group: "cook", data: { end, lag: end } });
  assert.equal(reduceAll([acked, lag(2, 1)]).parts["orders/0"].latency, 3.1);
  assert.equal(reduceAll([acked, lag(2, 4)]).parts["orders/0"].latency, null);
});

test("a group rebalances from when partitions are given up until all of them have been given to somebody", () => {
  const at = (type, source, time, changed, partitions) => ({ type, source, group: "cook", time, partitions, data: { changed } });
  const [one, two] = [
    ["orders", 0],
    ["orders", 1],
  ];
  const hops = [
    at("assign", "cook-1", 1, [one, two], [one, two]),
    at("revoke", "cook-1", 5, [one, two], []),
    at("assign", "cook-2", 6, [two], [two]),
    at("assign", "cook-1", 7, [one], [one]),
  ].map((hop, index) => ({ ...hop, seq: index + 1 }));
  const lasts = (count, time) => rebalancing(reduceAll(hops.slice(0, count)), "cook", time);
  assert.deepEqual([lasts(1, 2), lasts(2, 5.5), lasts(3, 6.5), lasts(4, 8)], [undefined, 0.5, 1.5, undefined]);
  assert.equal(lasts(2, 500), undefined);
  const layout = layOut(TOPOLOGY, reduceAll(hops.slice(0, 2)), 1000, { time: 6.2 });
  assert.deepEqual(layout.groups.cook.made.at(-1), "rebalancing 1.2 s");
  const left = [hops[0], { ...at("leave", "cook-1", 5, [one, two], []), seq: 2 }];
  assert.equal(rebalancing(reduceAll(left), "cook", 6), undefined);
});

test("who tells what it lost when others read it already leaves nothing without a reader", () => {
  const at = (seq, type, source, time, changed, partitions) => ({ seq, type, source, group: "cook", time, partitions, data: { changed } });
  const [one, two] = [
    ["orders", 0],
    ["orders", 1],
  ];
  const hops = [
    at(1, "assign", "cook-1", 1, [one, two], [one, two]),
    at(2, "assign", "cook-2", 9, [one], [one]),
    at(3, "lost", "cook-1", 10, [one, two], []),
  ];
  assert.deepEqual(reduceAll(hops).unowned, { cook: { since: 10, places: ["orders/1"] } });
  const taken = at(4, "assign", "cook-2", 11, [two], [one, two]);
  assert.equal(rebalancing(reduceAll([...hops, taken]), "cook", 12), undefined);
});

const read = { source: "cook-1", group: "cook", topic: "orders", partition: 0 };
const mine = [["orders", 0]];

test("a bookmark that was set after the brokers were asked is not put back by their answer, and somebody's reset is", () => {
  const state = reduceAll([
    { seq: 1, time: 2, type: "commit", ...read, offset: 4 },
    { seq: 2, time: 1.9, type: "lag", ...read, source: "brokers", offset: 3, data: { end: 5, lag: 2 } },
  ]);
  assert.equal(state.lanes["cook/orders/0"].committed, 5);
  const reset = reduce(state, { seq: 3, time: 3, type: "lag", ...read, source: "brokers", offset: 0, data: { end: 5, lag: 5 } });
  assert.equal(reset.lanes["cook/orders/0"].committed, 0);
});

test("what was read is stored, though its producer has not heard of that", () => {
  assert.equal(reduceAll([{ seq: 1, time: 0, type: "poll", ...read, offset: 6 }]).parts["orders/0"].end, 7);
});

test("a position is that of the member that has the partition: with it it goes, and the next one has read nothing yet", () => {
  const id = "cook/orders/0";
  const reading = reduceAll([
    { seq: 1, time: 0, type: "assign", ...read, partitions: mine, data: { changed: mine } },
    { seq: 2, time: 1, type: "poll", ...read, offset: 6 },
  ]);
  assert.equal(positionIn(reading, id), 7);
  const crashed = reduce(reading, { seq: 3, time: 2, type: "crash", ...read, partitions: [], data: { changed: mine } });
  assert.equal(positionIn(crashed, id), null);
  const taken = reduce(crashed, { seq: 4, time: 3, type: "assign", ...read, source: "cook-2", partitions: mine, data: { changed: mine } });
  assert.equal(positionIn(taken, id), null);
  assert.equal(positionIn(reduce(taken, { seq: 5, time: 4, type: "poll", ...read, source: "cook-2", offset: 5 }), id), 6);
});

test("a commit behind the end of a transaction says where the bookmark is", () => {
  const state = reduceAll([{ seq: 1, time: 0, type: "commit", ...read, offset: 4, data: { next: 6 } }]);
  assert.equal(state.lanes["cook/orders/0"].committed, 6);
});

test("a guest has what the brokers say, until it leaves or one of ours is given it", () => {
  const guest = { ...read, source: "guest rdkafka", type: "guest", data: { client: "rdkafka" } };
  const both = [...mine, ["orders", 1]];
  const there = reduceAll([
    { seq: 1, time: 0, type: "revoke", ...read, partitions: [], data: { changed: mine } },
    { seq: 2, time: 1, ...guest, partitions: both },
  ]);
  assert.deepEqual(there.members["guest rdkafka"], { group: "cook", partitions: both, crashed: false, guest: true });
  assert.equal(there.unowned, undefined);
  const given = reduce(there, { seq: 3, time: 2, type: "assign", ...read, partitions: mine, data: { changed: mine } });
  assert.deepEqual(given.members["guest rdkafka"].partitions, [["orders", 1]]);
  const gone = reduce(given, { seq: 4, time: 3, ...guest, partitions: [], data: { client: "rdkafka", left: true } });
  assert.deepEqual(Object.keys(gone.members), ["cook-1"]);
  assert.deepEqual(gone.unowned.cook.places, ["orders/1"]);
});

test("a log is as long as where somebody was sent to, though its producer has not heard of that yet", () => {
  const sent = { type: "seek", time: 1, source: "restaurant-1", group: "restaurant", topic: "orders", partition: 0, offset: 2, seq: 1 };
  assert.equal(reduceAll([sent]).parts["orders/0"].end, 2);
});
