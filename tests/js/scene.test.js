import assert from "node:assert/strict";
import { test } from "node:test";
import { glyph, learn } from "../../static/js/room/keys.js";
import { groupBy, layOut, partitionLines } from "../../static/js/room/layout.js";
import { textWidth } from "../../static/js/room/measure.js";
import { measure, rate } from "../../static/js/room/rates.js";
import { emptyState, reduceAll } from "../../static/js/room/reducer.js";
import { sceneOf } from "../../static/js/room/scene.js";
import { tokensOf } from "../../static/js/room/tokens.js";
import { clusterHops, deathOf, numbered, roomHops, TOPOLOGY } from "./helpers.js";

const WIDTHS = [296, 336, 520, 560, 700, 899, 900, 1232, 1600];
const calm = reduceAll(roomHops(2, 90));
const troubled = [...clusterHops(), ...deathOf(2), { type: "leader", source: "none", topic: "orders", partition: 0 }];
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

test("the first four keys get the four shapes, a letter keeps its letter, null is a dash", () => {
  const registry = new Map();
  for (const key of ["D", "luna", "sun", "sky", "rain", "luna"]) learn(registry, key);
  assert.equal(glyph(registry, "D").shape, "diamond");
  assert.deepEqual(glyph(registry, "luna"), { shape: "circle", letter: "A", tone: "0" });
  assert.deepEqual(glyph(registry, "rain"), { shape: "pentagon", letter: "E", tone: "other" });
  assert.equal(glyph(registry, null).letter, "–");
});

test("a flood of keys does not grow the registry without end", () => {
  const registry = new Map();
  for (let index = 0; index < 2000; index += 1) learn(registry, `key-${index}`);
  assert.ok(registry.size <= 702);
  assert.equal(glyph(registry, "key-1999").letter, "*");
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

test("the rate is what was counted in the last seconds", () => {
  let meter = measure([], 0, 100);
  meter = measure(meter, 1, 200);
  assert.equal(rate(meter, 1), 100);
  assert.equal(rate(meter, 9), 0);
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

test("while nobody reads a partition its group says so, and says again what it is for when somebody does", () => {
  const texts = (told) => sceneOf(TOPOLOGY, told, layOut(TOPOLOGY, told, 1232), new Map()).map((item) => item.text);
  assert.ok(texts(calm).includes("cooks"));
  const revoked = reduceAll([{ seq: 9000, time: 99, type: "revoke", source: "cook-1", group: "cook", partitions: [["orders", 1]] }], calm);
  assert.ok(texts(revoked).includes("nobody reads orders P0 P2"));
  assert.ok(!texts(revoked).includes("cooks"));
});
