import assert from "node:assert/strict";
import { test } from "node:test";
import { layOut } from "../../static/js/room/layout.js";
import { emptyState, reduceAll } from "../../static/js/room/reducer.js";
import { Snug } from "../../static/js/room/snug.js";
import { Worlds } from "../../static/js/room/worlds.js";
import { numbered, TOPOLOGY } from "./helpers.js";

const [first, ...others] = TOPOLOGY.groups;
const show = (field, more = {}) => ({ field, unit: ["order", "orders"], ...more });
const withWorld = (world, shown) => ({ ...TOPOLOGY, groups: [{ ...first, world, show: shown }, ...others] });
const made = (key, data) => ({ type: "projection", source: "cook-1", group: first.name, key, data });

function wordsOf(topology, hops, width = 1232) {
  const told = numbered(hops);
  const state = reduceAll(told);
  const worlds = new Worlds(topology);
  worlds.restate(told);
  const items = worlds.items(state, layOut(topology, state, width, { compact: new Snug() }), new Map());
  return items.map(({ id, kind, text, d }) => [
    id.replace(`world-${first.name}-`, ""),
    kind === "art" && !text ? (d ? "drawn" : "") : text,
  ]);
}

const texts = (...args) => wordsOf(...args).map(([, text]) => text);

test("where nothing has been made there is no world", () => {
  for (const kind of ["total", "latest", "most", "line"])
    assert.deepEqual(wordsOf(withWorld({ kind, drawing: "pan" }, show("orders")), []), []);
});

test("a total adds up what was made of all keys, and of more keys than are known it says nothing", () => {
  const topology = withWorld({ kind: "total", drawing: "bell" }, show("orders"));
  const hops = [made("a", { orders: 1200 }), made("b", { orders: 34 }), made("a", { orders: 1201 })];
  assert.deepEqual(texts(topology, hops).slice(-2), ["1,235", "orders"]);
  assert.deepEqual(texts(topology, hops.slice(0, 2)).slice(-2), ["1,234", "orders"]);
  assert.deepEqual(
    texts(
      topology,
      [...Array(60).keys()].map((key) => made(`${key}`, { orders: 1 })),
    ),
    [],
  );
});

test("what changed last stands in the drawing, unless it is no sign", () => {
  const topology = withWorld({ kind: "total", drawing: "pan", inside: "dish" }, show("orders", { whole: true }));
  assert.deepEqual(texts(topology, [made("all", { orders: 1, dish: "🍕" })]), ["🍕", "1", "order"]);
  for (const dish of ["a whole sentence", 7, undefined])
    assert.deepEqual(texts(topology, [made("all", { orders: 1, dish })]), ["drawn", "1", "order"]);
  assert.deepEqual(texts(withWorld({ kind: "total", drawing: "__proto__" }, show("orders")), [made("a", { orders: 1 })]), ["1", "order"]);
});

test("the latest is the key that changed last, in the words of its step", () => {
  const steps = [
    ["placed", "Placed"],
    ["ready", "Ready"],
  ];
  const topology = withWorld({ kind: "latest", drawing: "phone" }, { field: "status", steps });
  const hops = [made("o1", { status: "ready" }), made("o2", { status: "placed" })];
  assert.deepEqual(texts(topology, hops), ["drawn", "o2", "Placed"]);
  assert.deepEqual(texts(topology, hops.slice(0, 1)), ["drawn", "o1", "Ready"]);
});

test("the most is that of the newest window: one that was closed leads no more", () => {
  const topology = withWorld({ kind: "most", within: "window" }, show("hearts", { unit: ["in 10 s", "in 10 s"] }));
  const hops = [made("old", { hearts: 9000, window: 10 }), made("sun", { hearts: 12, window: 20 }), made("sky", { hearts: 3, window: 20 })];
  assert.deepEqual(texts(topology, hops), ["sun", "12 in 10", "s"]);
});

test("a line goes through the values of a key in their order, the last ones, and goes back with the playhead", () => {
  const topology = withWorld({ kind: "line" }, show("price", { unit: undefined }));
  const hops = [...Array(40).keys()].map((value) => made("ACME", { price: value }));
  const worlds = new Worlds(topology);
  for (const hop of numbered(hops)) worlds.add(hop);
  assert.deepEqual(
    worlds.of.get(first.name)?.get("ACME"),
    [...Array(24).keys()].map((value) => value + 16),
  );
  worlds.restate(numbered(hops.slice(0, 2)));
  assert.deepEqual(worlds.of.get(first.name)?.get("ACME"), [0, 1]);
  assert.deepEqual(wordsOf(topology, hops), [
    ["line-ACME", "drawn"],
    ["end-ACME", undefined],
  ]);
});

test("worlds stand within their group's box, wide and narrow", () => {
  const topology = withWorld({ kind: "total", drawing: "bell" }, show("orders"));
  for (const width of [336, 380, 960, 1232]) {
    const state = reduceAll(numbered([made("a", { orders: 1234567 })]), emptyState());
    const { groups } = layOut(topology, state, width, { compact: new Snug() });
    const { world, ...box } = groups[first.name];
    if (!world) continue;
    assert.ok(world.x >= box.x && world.x + world.w <= box.x + box.w, `${width}`);
    assert.ok(world.y >= box.y && world.y + world.h <= box.y + box.h + 1, `${width}`);
  }
});
