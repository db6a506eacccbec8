import assert from "node:assert/strict";
import { test } from "node:test";
import { heatOf } from "../../static/js/room/heat.js";
import { layOut } from "../../static/js/room/layout.js";
import { reduceAll } from "../../static/js/room/reducer.js";
import { sceneOf } from "../../static/js/room/scene.js";
import { digest, hotSentence, tallyHop } from "../../static/js/room/sentences.js";
import { hotKey, Trails } from "../../static/js/room/trails.js";
import { randomOf, TOPOLOGY } from "./helpers.js";

const PLACE = { type: "ack", source: "crowd", topic: "orders", partition: 0, data: { latency_ms: 3 } };

/** @param {(string | null)[]} keys */
function countsOf(keys) {
  const counts = new Map();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** A run as the feed tells it: the four most frequent, with at least a hundredth of its records. */
function runOf(log, first, last, time) {
  const all = [...countsOf(log.slice(first, last + 1))].sort((one, other) => other[1] - one[1]);
  const keys = all.slice(0, 4).filter(([, n]) => n >= (last + 1 - first) / 100);
  return { ...PLACE, first, offset: last, count: last + 1 - first, time, ...(keys.length > 0 ? { keys } : {}) };
}

/** A row's keys, and the acks of runs and single records that tell them, some of which get lost. */
function stream(seed, steps = 150) {
  const random = randomOf(seed);
  const [log, hops] = [[], []];
  const kinds = 1 + random(12);
  for (let step = 0; step < steps; step += 1) {
    const count = random(3) === 0 ? 1 : 1 + random(400);
    const first = log.length;
    for (let index = 0; index < count; index += 1) log.push([null, "hot", "hot"][random(6)] ?? `key-${random(kinds)}`);
    const time = step / 20;
    const whole = { ...PLACE, offset: first, count: 1, key: log[first], trace: "a", time };
    if (random(10) > 0) hops.push(count === 1 ? whole : runOf(log, first, log.length - 1, time));
    if (random(4) === 0) hops.push({ ...whole, count: 0 });
  }
  return { log, hops: hops.map((hop, index) => ({ ...hop, seq: index + 1 })) };
}

const told = (trail) => trail.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index));

test("keys and others are all records that were told, across joins and lost frames, and no key's count is ever wrong", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const { log, hops } = stream(seed);
    const trails = new Trails();
    for (const hop of hops) {
      trails.add(hop);
      if (hop.seq % 7 > 0) continue;
      const { count, keys } = trails.keysLately("orders/0", hop.time);
      const recent = trails.rows.get("orders/0")?.filter(({ to }) => to > hop.time - 3) ?? [];
      const there = countsOf(told(recent).map((offset) => log[offset]));
      assert.equal(count, told(recent).length);
      assert.ok([...keys.values()].reduce((sum, n) => sum + n, 0) <= count);
      for (const [key, n] of keys) assert.equal(n, there.get(key));
    }
  }
});

test("told twice, or in another order, adds nothing", () => {
  const { hops } = stream(5, 60);
  const [once, twice] = [new Trails(), new Trails()];
  once.restate(hops);
  twice.restate([...hops, ...hops, ...hops.toReversed()]);
  assert.deepEqual(twice.rows, once.rows);
});

test("a hot key is known throughout, however many others there are", () => {
  const log = Array.from({ length: 5000 }, (_, index) => (index % 5 === 0 ? `order-${index}` : "A"));
  const trails = new Trails();
  for (let first = 0; first < 5000; first += 250) trails.add(runOf(log, first, first + 249, first / 5000));
  const { count, keys } = trails.keysLately("orders/0", 1);
  assert.deepEqual([count, [...keys]], [5000, [["A", 4000]]]);
});

test("how fast a box was filled is what was seen of it, and nothing is said of what was not", () => {
  const trails = new Trails();
  for (let step = 0; step < 10; step += 1)
    trails.add({ ...PLACE, first: 1000 + step * 100, offset: 1099 + step * 100, count: 100, time: 50 + step / 10 });
  assert.equal(trails.rateBetween("orders/0", 0, 999), undefined);
  assert.ok(Math.abs((trails.rateBetween("orders/0", 1200, 1999) ?? 0) - 1000) < 1);
});

/** Partition 0 in a flood of A, partition 1 with few records. */
function flooded(width, scale = 1000) {
  const hops = [0, 1].flatMap((partition) =>
    Array.from({ length: 40 }, (_, step) => {
      const count = partition === 0 ? 1000 : 100;
      const keys =
        partition === 0
          ? [["A", 810]]
          : [
              ["B", 60],
              [null, 40],
            ];
      return { ...PLACE, partition, first: step * count, offset: (step + 1) * count - 1, count, keys, time: step / 10, seq: step + 1 };
    }),
  );
  const [state, trails] = [reduceAll(hops), new Trails()];
  trails.restate(hops);
  const layout = layOut(TOPOLOGY, state, width, { scaleOf: () => scale });
  const heat = heatOf(layout, state, trails, 4);
  return {
    items: sceneOf(
      TOPOLOGY,
      state,
      layout,
      new Map([
        ["A", 0],
        ["B", 1],
      ]),
      new Map(),
      heat,
    ),
    layout,
    trails,
    hops,
  };
}

for (const width of [336, 700, 1232, 1600])
  test(`at ${width} px a flood is a ribbon with its scale, and a row's keys fill exactly its width`, () => {
    const { items, layout } = flooded(width);
    const strengths = (partition) => items.filter(({ id }) => id.startsWith(`cell-orders/${partition}/`)).map(({ strength }) => strength);
    assert.ok(strengths(0).every((one) => one === 5));
    assert.ok(strengths(1).every((one) => one === 1));
    assert.ok(items.some(({ id, text }) => id === "about-orders" && text.includes("1 box = 1,000 records") && text.includes("10,000/s")));
    for (const partition of [0, 1]) {
      const row = layout.rows[`orders/${partition}`];
      const strip = items.filter(({ id }) => id.startsWith(`keys-orders/${partition}/`));
      const right = (strip.at(-1)?.x ?? 0) + (strip.at(-1)?.w ?? 0);
      assert.ok(Math.abs(right - row.x - row.slots * layout.sizes.cell) < 1);
      assert.deepEqual([strip[0].tone, strip[0].text], partition === 0 ? ["tone-0", "81%"] : ["tone-1", "60%"]);
    }
  });

test("however many records a box stands for, the keys are the same", () => {
  const strip = (scale) => flooded(1232, scale).items.filter(({ kind }) => kind === "keys");
  assert.ok(strip(10).length > 0);
  for (const scale of [100, 1000, 10_000]) assert.deepEqual(strip(scale), strip(10));
  assert.deepEqual(strip(1), []);
});

test("the words name the hot key, with its exact counts", () => {
  const { trails, hops } = flooded(1232);
  const rows = ["orders/0", "orders/1"].map((id) => ({ id, ...trails.keysLately(id, 4) }));
  assert.equal(hotSentence(hotKey(rows), new Map([["A", 0]])), "Key A (A): 81% of orders partition 0.");
  const tally = new Map();
  for (const hop of hops.filter(({ time }) => time < 1)) tallyHop(tally, hop);
  assert.equal(digest(tally), "In the last second: 11,000 records stored in orders (key A: 8,100 of the 10,000 in P0).");
});

test("no key is called hot where several share a row, or where records have none", () => {
  const row = (keys) => ({ id: "orders/0", count: 100, keys: new Map(keys) });
  assert.equal(
    hotKey([
      row([
        ["A", 50],
        ["B", 50],
      ]),
    ]),
    undefined,
  );
  assert.equal(hotKey([row([[null, 100]])]), undefined);
  assert.equal(hotKey([]), undefined);
});
