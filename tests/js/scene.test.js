import assert from "node:assert/strict";
import { test } from "node:test";
import { glyph, keysOf } from "../../static/js/room/keys.js";
import { layOut } from "../../static/js/room/layout.js";
import { textWidth } from "../../static/js/room/measure.js";
import { partitionLines } from "../../static/js/room/readers.js";
import { emptyState, reduceAll } from "../../static/js/room/reducer.js";
import { sceneOf } from "../../static/js/room/scene.js";
import { groupBy } from "../../static/js/room/together.js";
import { tokensOf } from "../../static/js/room/tokens.js";
import { clusterHops, deathOf, numbered, roomHops, TOPOLOGY } from "./helpers.js";

const WIDTHS = [296, 336, 520, 560, 700, 899, 900, 1232, 1600];
const calm = reduceAll(roomHops(2, 90));
const troubled = [
  ...clusterHops(),
  ...deathOf(2),
  { type: "leader", source: "none", topic: "orders", partition: 0 },
  { type: "coordinator", source: "broker-1", group: "cook" },
  { type: "broker_up", source: "broker-1", data: { host: "", delay_ms: 2000 } },
];
const state = reduceAll(numbered([...troubled, { type: "retry", source: "app", data: { waiting: 1204 } }]), calm);

/** @param {any} item */
function rightEdge(item) {
  if (item.kind === "text" && !item.anchor) return item.x + textWidth(item.text, 11);
  return item.x + (item.anchor ? 0 : (item.w ?? 0));
}

for (const width of WIDTHS) {
  test(`at ${width} px nothing is wider than the page and every id is unique`, () => {
    const layout = layOut(TOPOLOGY, state, width);
    const items = sceneOf(TOPOLOGY, state, layout, new Map());
    for (const item of items) assert.ok(rightEdge(item) <= width + 1, `${item.id} ends at ${rightEdge(item)}`);
    assert.equal(new Set(items.map((item) => item.id)).size, items.length);
  });

  test(`at ${width} px lanes and rows do not overlap`, () => {
    const { rows, sizes, height } = layOut(TOPOLOGY, state, width);
    for (const column of groupBy(Object.values(rows), (row) => String(row.x)).values()) {
      const lines = column.flatMap((row) => [row.y + sizes.cell, ...Object.values(row.lanes)]);
      lines.forEach((y, index) => {
        if (index > 0) assert.ok(y - lines[index - 1] >= 12);
        assert.ok(y < height);
      });
    }
  });
}

test("an empty room can be drawn", () => {
  const layout = layOut(TOPOLOGY, emptyState(), 336);
  assert.ok(sceneOf(TOPOLOGY, emptyState(), layout, new Map()).some((item) => item.text === "empty"));
});

test("what was deleted fades, and what of it is not drawn is told with it", () => {
  const drawn = (/** @type {number} */ offset) => {
    const told = reduceAll(numbered([{ type: "delete", source: "brokers", topic: "orders", partition: 0, offset }]), state);
    const items = sceneOf(TOPOLOGY, told, layOut(TOPOLOGY, told, 1232), new Map());
    const cells = items.filter(({ id }) => id.startsWith("cell-orders/0/"));
    return { text: items.find(({ id }) => id === "earlier-orders/0")?.text, tones: cells.map(({ tone }) => tone) };
  };
  const { end } = state.parts["orders/0"];
  const last = (end - 2).toLocaleString("en");
  assert.equal(drawn(end - 2).text, `0…${last} deleted`);
  assert.equal(drawn(end - 2).tones.filter((tone) => tone !== "gone").length, 1);
  assert.ok(drawn(end - 1).tones.every((tone) => tone === "gone"));
  assert.ok(drawn(0).tones.every((tone) => tone === ""));
});

test("only stored offsets are drawn, the last ones, and the end is at the end", () => {
  const layout = layOut(TOPOLOGY, state, 1232);
  const items = sceneOf(TOPOLOGY, state, layout, new Map());
  const end = state.parts["orders/0"].end;
  const cells = items.filter((item) => item.id.startsWith("cell-orders/0/"));
  assert.equal(cells.at(-1)?.id, `cell-orders/0/${end - 1}`);
  const bar = items.find((item) => item.id === "end-orders/0");
  assert.equal(bar?.x, (cells.at(-1)?.x ?? 0) + layout.sizes.cell);
});

test("a token travels from the producer to its cell; without motion it is in place at once", () => {
  const layout = layOut(TOPOLOGY, state, 1232);
  const flight = {
    id: "a",
    kind: "travel",
    type: "ack",
    topic: "orders",
    partition: 0,
    offset: state.parts["orders/0"].end - 1,
    source: "app",
    key: "A",
    count: 1,
    start: 0,
    land: 400,
  };
  const at = (now, still) => tokensOf([flight], layout, now, new Map(), undefined, still)[0];
  assert.ok(at(0).x < at(200).x && at(200).x < at(399).x);
  assert.ok(Math.abs(at(0, true).x - at(399).x) < 2);
  assert.deepEqual(tokensOf([flight], layout, 400, new Map()), []);
});

test("a story's own keys have their initial and a shape each, whoever looks and whatever came first", () => {
  const registry = keysOf({ keys: ["Aya", "Ben", "Anna", "Dan"] });
  assert.deepEqual(glyph(registry, "Aya"), { shape: "circle", letter: "A", tone: "0" });
  assert.deepEqual(glyph(registry, "Anna"), { shape: "triangle", letter: "A", tone: "2" });
  assert.equal(glyph(registry, null).letter, "–");
});

test("any other key has a token by itself alone, which is none of the story's", () => {
  const own = keysOf({ keys: ["Aya", "Ben", "Cleo", "Dan"] });
  const shapes = [...own.keys()].map((key) => glyph(own, key).shape);
  for (const key of ["Anna", "anton", "आशा", "7up", "customer-9"]) {
    assert.deepEqual(glyph(own, key), glyph(new Map(), key));
    assert.ok(!shapes.includes(glyph(own, key).shape));
  }
  assert.deepEqual(
    ["Anna", "anton", "आशा", "7up", "?!"].map((key) => glyph(own, key).letter),
    ["A", "A", "आ", "7", "*"],
  );
});

test("of other keys with one initial two in three differ by shape, and fourteen in fifteen by shape or colour", () => {
  const keys = Array.from({ length: 200 }, (_, index) => `customer-${index}`);
  const looks = keys.map((key) => glyph(new Map(), key));
  const alike = (one, other) => one.shape === other.shape && one.tone === other.tone;
  const pairs = looks.flatMap((one, index) => looks.slice(index + 1).map((other) => [one, other]));
  assert.ok(pairs.filter(([one, other]) => one.shape === other.shape).length < 0.4 * pairs.length);
  assert.ok(pairs.filter(([one, other]) => alike(one, other)).length < 0.09 * pairs.length);
});

test("partitions are listed by topic", () => {
  assert.deepEqual(
    partitionLines([
      ["a", 0],
      ["b", 1],
      ["a", 2],
    ]),
    ["a P0 P2", "b P1"],
  );
});

for (const width of WIDTHS) {
  test(`at ${width} px the brokers stand clear of the rows and of each other`, () => {
    const { brokers, topics } = layOut(TOPOLOGY, state, width);
    const places = brokers?.places ?? [];
    assert.equal(places.length, 3);
    for (const place of places) {
      const right = place.x + place.w + (place.word ? 8 + textWidth(place.word, 12) : 0);
      assert.ok(right <= topics[0].x || place.y + 20 <= topics[0].y, `${place.name} at ${width}`);
      for (const other of places) assert.ok(place === other || place.y !== other.y || right <= other.x || other.x < place.x);
    }
  });
}

test("a dead broker is crossed and says so; a row without a leader says so", () => {
  const items = sceneOf(TOPOLOGY, state, layOut(TOPOLOGY, state, 1232), new Map());
  const item = (id) => items.find((one) => one.id === id);
  assert.deepEqual([item("broker-broker-2")?.tone, item("broker-word-broker-2")?.text], ["down", "✕ down"]);
  assert.equal(item("broker-word-broker-3")?.text, "leads 3");
  assert.equal(item("leader-orders/1")?.text, "B3");
  assert.equal(item("copies-orders/0")?.text, "✕ no leader");
  assert.equal(item("copies-orders/1")?.text, "2 of 3 in sync");
  assert.equal(item("waiting")?.text, "1,204 wait");
});

for (const width of WIDTHS) {
  test(`at ${width} px what the producer gave up has a line of its own in its box`, () => {
    const failing = { seq: 9999, time: 1, type: "fail", source: "app", topic: "orders", data: { total: 1204 }, error: "" };
    const given = reduceAll([failing], state);
    const layout = layOut(TOPOLOGY, given, width);
    const items = sceneOf(TOPOLOGY, given, layout, new Map());
    const [told, ...more] = items.filter((item) => item.text?.includes("✕ 1,204 failed"));
    assert.deepEqual(more, []);
    assert.ok(textWidth(told.text, 12) <= layout.producer.w - 20, told.text);
    assert.ok(told.y < layout.producer.y + layout.producer.h);
    const waiting = items.find((item) => item.id === "waiting");
    if (waiting) assert.ok(told.y >= waiting.y + 12);
  });
}

test("what was given up is known from the ledger, too, by who comes later", () => {
  const data = { topics: { orders: { failed: 3 }, letters: { failed: 0 } }, groups: {} };
  const given = reduceAll([{ seq: 9999, time: 1, type: "ledger", source: "brokers", data }], state);
  assert.deepEqual(given.failed, { orders: 3 });
});

test("when nobody answers no broker is drawn as up", () => {
  const silent = reduceAll(numbered([{ type: "fail", source: "brokers", error: "No broker answers." }], 900), state);
  const items = sceneOf(TOPOLOGY, silent, layOut(TOPOLOGY, silent, 1232), new Map());
  const tones = items.filter((item) => item.kind === "broker").map((item) => item.tone ?? "");
  assert.ok(
    tones.every((tone) => /unknown|down/.test(tone)),
    tones.join(),
  );
});

test("many brokers are counted, not crowded", () => {
  const many = reduceAll(numbered(Array.from({ length: 9 }, (_, index) => ({ type: "broker_up", source: `broker-${index + 1}` }))));
  const layout = layOut(TOPOLOGY, many, 1232);
  assert.equal(layout.brokers?.places.length, 6);
  assert.ok(sceneOf(TOPOLOGY, many, layout, new Map()).some((item) => item.text === "Brokers +3 more"));
});

test("what is more than six rows is folded into one that counts it, and can be unfolded", () => {
  const wide = { ...TOPOLOGY, topics: [{ name: "orders", title: "Orders", partitions: 12 }] };
  const places = Array.from({ length: 12 }, (_, partition) => ({ topic: "orders", partition, group: "cook", source: "cook-1" }));
  const hops = places.flatMap((place) => [
    { type: "ack", ...place, group: undefined, first: 0, offset: 99, count: 100 },
    { type: "commit", ...place, first: 0, offset: 79, count: 80 },
  ]);
  const many = reduceAll(numbered(hops));
  for (const width of WIDTHS) {
    const folded = layOut(wide, many, width);
    assert.equal(Object.keys(folded.rows).length, 5);
    const texts = sceneOf(wide, many, folded, new Map()).map((item) => item.text);
    assert.ok(texts.some((text) => text?.startsWith("+ 7 more: 700 records")));
    assert.ok(texts.includes("lag up to 140"));
    assert.ok(folded.folds[0].y + folded.folds[0].h <= folded.height);
    const flight = {
      id: "a",
      kind: "travel",
      type: "ack",
      topic: "orders",
      partition: 9,
      offset: 3,
      source: "app",
      key: "A",
      count: 1,
      start: 0,
      land: 9,
    };
    assert.equal(tokensOf([flight], folded, 5, new Map()).length, 1);
    assert.equal(Object.keys(layOut(wide, many, width, { unfolded: true }).rows).length, 12);
  }
});

test("a fold says which of its partitions have no leader, how fast they grow and how far they are behind", () => {
  const wide = { ...TOPOLOGY, topics: [{ name: "orders", title: "Orders", partitions: 12 }] };
  const hops = Array.from({ length: 12 }, (_, partition) => [
    { type: "ack", topic: "orders", partition, source: "app", first: 0, offset: 999, count: 1000 },
    { type: "leader", topic: "orders", partition, source: [2, 6, 11].includes(partition) ? "none" : "broker-1" },
    {
      type: "isr",
      topic: "orders",
      partition,
      source: "broker-1",
      data: { in_sync: partition === 8 ? [1] : [1, 2, 3], replicas: [1, 2, 3] },
    },
  ]).flat();
  const many = reduceAll(numbered(hops));
  const flows = new Map([
    ["ack|orders|1|", 900],
    ["ack|orders|7|", 600],
    ["ack|orders|9|", 700.4],
  ]);
  const wordsOf = (state) =>
    sceneOf(wide, state, layOut(wide, state, 336), new Map(), flows)
      .filter(({ id }) => id.startsWith("fold-"))
      .map(({ text, tone }) => [text, tone]);
  const [, records, , more] = wordsOf(many);
  assert.deepEqual(records, ["+ 7 more: 7,000 records · 1,300/s", "muted"]);
  assert.deepEqual(more, ["✕ no leader: P6 P11 · lag up to 0", "alarm"]);
  const led = [6, 11].map((partition) => ({ type: "leader", topic: "orders", partition, source: "broker-1" }));
  assert.deepEqual(wordsOf(reduceAll(numbered(led, 900), many))[3], ["1 of 3 in sync · lag up to 0", "alarm"]);
});

test("many partitions are told by the first and the last", () => {
  const named = (numbers) => partitionLines(numbers.map((number) => ["orders", number]));
  assert.deepEqual(named([0, 1, 2]), ["orders P0 P1 P2"]);
  assert.deepEqual(named([...Array(12).keys()]), ["orders P0–P11"]);
  assert.deepEqual(named([11, 10, 9, 8, 5, 0]), ["orders P0 P5 P8–P11"]);
});

test("while nobody reads a partition its group says so, and says again what it is for when somebody does", () => {
  const texts = (told) => sceneOf(TOPOLOGY, told, layOut(TOPOLOGY, told, 1232), new Map()).map((item) => item.text);
  assert.ok(texts(calm).includes("cooks"));
  const revoked = reduceAll([{ seq: 9000, time: 99, type: "revoke", source: "cook-1", group: "cook", partitions: [["orders", 1]] }], calm);
  assert.ok(texts(revoked).includes("none of ours reads orders P0 P2"));
  assert.ok(!texts(revoked).includes("cooks"));
});

test("a group's frame tells which broker coordinates it, and an empty mark that nobody does", () => {
  const marks = (/** @type {string} */ source) => {
    const told = reduceAll(numbered([...clusterHops(), { type: "coordinator", source, group: "cook" }]), calm);
    const layout = layOut(TOPOLOGY, told, 1232);
    const items = sceneOf(TOPOLOGY, told, layout, new Map());
    return items.filter(({ id }) => id.startsWith("coordinator-")).map(({ id, text, tone }) => [id, text, tone]);
  };
  assert.deepEqual(marks("broker-2"), [["coordinator-cook", "B2", "small up configured"]]);
  assert.deepEqual(marks("none"), [["coordinator-cook", "", "small down configured"]]);
});

for (const width of [336, 1232])
  test(`at ${width} px a slowed broker says by how much`, () => {
    const slow = { type: "broker_up", source: "broker-2", data: { host: "", delay_ms: 500 } };
    const told = reduceAll(numbered([...clusterHops(), slow]), calm);
    const items = sceneOf(TOPOLOGY, told, layOut(TOPOLOGY, told, width), new Map());
    assert.equal(items.find(({ id }) => id === "broker-word-broker-2")?.text, "500 ms slower");
  });

const settings = (group, chosen) =>
  Object.entries(chosen).map(([name, value]) => ({
    type: "setting",
    source: group ?? "app",
    ...(group && { group }),
    data: { name, value },
  }));
const began = numbered([
  { type: "setting", source: "app", data: { name: "began", value: { acks: "all", keys: "own", idempotence: "off" }, settings: {} } },
  { type: "setting", source: "cook", group: "cook", data: { name: "began", value: { commit: "after", work: "0", paused: "off" } } },
]);
const setTexts = (told, width = 1232, topology = TOPOLOGY) =>
  sceneOf(topology, told, layOut(topology, told, width), new Map())
    .filter(({ tone }) => tone === "set")
    .map(({ text }) => text.replaceAll("\u00a0", " "));

test("what is set is said under the producer and in the group, as long as it differs from the beginning", () => {
  assert.deepEqual(setTexts(reduceAll(began, calm)), []);
  const changed = reduceAll(
    numbered([...settings(undefined, { acks: "0" }), ...settings("cook", { commit: "before", work: "0.5", paused: "on" })]),
    reduceAll(began, calm),
  );
  assert.deepEqual(setTexts(changed), ["acks=0", "commits before · 0.5 s a", "record · paused"]);
  assert.deepEqual(setTexts(changed, 336), ["acks=0", "commits before · 0.5 s a record · paused"]);
  assert.deepEqual(setTexts(changed, 1232, { ...TOPOLOGY, bare: true }), ["acks=0", "0.5 s a record · paused"]);
  const back = numbered([...settings(undefined, { acks: "all" }), ...settings("cook", { commit: "after", work: "0", paused: "off" })]);
  assert.deepEqual(setTexts(reduceAll(back, changed)), []);
});

for (const width of WIDTHS) {
  test(`at ${width} px much that is set takes two lines at most, and stands on nothing`, () => {
    const told = reduceAll(
      numbered([
        ...settings(undefined, { acks: "0", keys: "one", linger: "500", batch: "1000000", partitioner: "consistent_random" }),
        ...settings("cook", { commit: "transaction", work: "2", paused: "on", repeats: "handled", poison: "mended", static: "on" }),
      ]),
      reduceAll(began, state),
    );
    const layout = layOut(TOPOLOGY, told, width);
    const items = sceneOf(TOPOLOGY, told, layout, new Map());
    for (const item of items) assert.ok(rightEdge(item) <= width + 1, `${item.id} ends at ${rightEdge(item)}`);
    const sets = items.filter(({ tone }) => tone === "set");
    assert.ok(sets.length >= 2 && layout.sets.length <= 2 && layout.groups.cook.sets.length <= 2);
    assert.match(layout.sets.at(-1) ?? "", /\+|CRC32/);
    const brokers = items.find(({ id }) => id === "brokers-title");
    const lowest = Math.max(...sets.filter(({ id }) => !id.startsWith("group")).map(({ y }) => y));
    assert.ok(brokers && brokers.y - lowest >= 14, `${lowest} is too near to ${brokers?.y}`);
  });
}

test("who reads nothing is idle once others read all, and has none yet until then", () => {
  const [one, two] = ["cook-1", "cook-2"].map((source) => ({ source, group: "cook" }));
  const all = [0, 1, 2].map((partition) => ["orders", partition]);
  const words = (told) => sceneOf(TOPOLOGY, told, layOut(TOPOLOGY, told, 1232), new Map()).map(({ text }) => text);
  const before = reduceAll(
    numbered([
      { type: "join", ...one },
      { type: "join", ...two },
    ]),
  );
  assert.equal(words(before).filter((text) => text === "no partition yet").length, 2);
  const after = reduceAll(numbered([{ type: "assign", ...one, partitions: all }], 9), before);
  assert.ok(words(after).includes("idle: no partition left"));
  assert.ok(!words(after).includes("no partition yet"));
});
