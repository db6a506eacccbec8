import assert from "node:assert/strict";
import { test } from "node:test";
import { bandWidth, groupRate } from "../../static/js/room/flow.js";
import { layOut } from "../../static/js/room/layout.js";
import { COUNTED, edgeOf, FLOW, Levels, SINGLE } from "../../static/js/room/levels.js";
import { Playback } from "../../static/js/room/playback.js";
import { emptyState, reduceAll } from "../../static/js/room/reducer.js";
import { sceneOf } from "../../static/js/room/scene.js";
import { randomOf, TOPOLOGY } from "./helpers.js";

const PLACE = { topic: "orders", partition: 0 };
const EDGE = edgeOf("ack", PLACE);

/** One partition at that rate, in runs of a tenth of a second or record by record. */
function* flood(rate, seconds, { from = 0, offset = 0, seq = 1, every = rate > 20 ? 0.1 : 1 / rate } = {}) {
  const count = Math.max(1, Math.round(rate * every));
  for (let time = from; time < from + seconds; time += every) {
    const run = count > 1 ? { first: offset } : { key: "A", trace: String(seq).padStart(32, "0") };
    offset += count;
    yield { seq: seq++, time: time + every, type: "ack", source: "app", ...PLACE, offset: offset - 1, count, ...run };
  }
}

/** The level at the end, when every hop is shown at its time. */
function levelAfter(hops, levels = new Levels()) {
  let level = SINGLE;
  for (const hop of hops) level = levels.pass(hop, hop.time * 1000);
  return level;
}

test("few are single, many are counted, a flood is a flow, and slowed it is few again", () => {
  assert.equal(levelAfter(flood(5, 5)), SINGLE);
  assert.equal(levelAfter(flood(100, 5)), COUNTED);
  assert.equal(levelAfter(flood(5000, 5)), FLOW);
  assert.equal(levelAfter(flood(5000, 5), new Levels(20)), COUNTED);
  assert.equal(levelAfter(flood(5000, 5), new Levels(1000)), SINGLE);
});

test("a moment above the limit changes nothing, and back is later than forth", () => {
  const levels = new Levels();
  assert.equal(levelAfter(flood(5000, 0.4), levels), SINGLE);
  levelAfter(flood(5000, 3, { from: 0.4, offset: 2000, seq: 100 }), levels);
  levels.relax(6, 6000);
  assert.equal(levels.top, FLOW);
  levels.relax(8, 8000);
  levels.relax(9.6, 9600);
  assert.equal(levels.top, SINGLE);
});

test("a steady rate at the limit does not flicker", () => {
  const levels = new Levels();
  const seen = [...flood(9, 60)].map((hop) => levels.pass(hop, hop.time * 1000));
  assert.ok(seen.filter((level, index) => index > 0 && level !== seen[index - 1]).length <= 1);
});

test("the rate of a flow is the real one, even between two frames", () => {
  const levels = new Levels();
  levelAfter(flood(5000, 5, { every: 0.5 }), levels);
  for (const late of [0, 0.2, 0.7]) {
    const rate = levels.flows(5 + late).get(EDGE) ?? 0;
    assert.ok(Math.abs(rate - 5000) < 100, `${rate}`);
  }
  assert.equal(levels.flows(12).size, 0);
});

test("a box of a row stands for as many as an eye can follow, by tens", () => {
  for (const [rate, scale] of [
    [5, 1],
    [60, 10],
    [700, 100],
    [5000, 1000],
    [50_000, 10_000],
  ]) {
    const levels = new Levels();
    levelAfter(flood(rate, 6), levels);
    assert.equal(levels.scaleOf("orders"), scale, `${rate}`);
  }
});

test("after a jump it is as dense as it was there", () => {
  const levels = new Levels();
  levels.seed([...flood(5000, 4)], 4);
  assert.equal(levels.top, FLOW);
  assert.equal(levels.scaleOf("orders"), 1000);
});

for (const rates of [
  [3, 2000, 30, 20_000, 4],
  [20_000, 1, 500, 9],
]) {
  for (const slow of [1, 20, 500]) {
    test(`${rates} records a second at 1/${slow}: each of them is in one token, capsule or flow`, () => {
      const random = randomOf(rates.length * slow);
      const hops = [];
      for (const rate of rates) {
        const last = hops.at(-1);
        hops.push(...flood(rate, 3 + random(2), { from: last?.time ?? 0, offset: (last?.offset ?? -1) + 1, seq: (last?.seq ?? 0) + 1 }));
      }
      const playback = new Playback();
      playback.backlog({ seq: 0, hops: [], room: { incarnation: 1, now: 0, crowd: null } }, 0);
      playback.speed(slow, 0);
      const seen = new Map();
      let [wall, next] = [0, 0];
      while (next < hops.length || !playback.caughtUp) {
        const ready = [];
        while (next < hops.length && hops[next].time * 1000 <= wall) ready.push(hops[next++]);
        if (ready.length > 0) playback.hops(ready, wall);
        playback.tick(wall);
        for (const flight of playback.timeline.flights) if (flight.kind !== "rest") seen.set(flight.id, flight);
        wall += slow === 1 ? 16 : 50;
      }
      const drawn = [...seen.values()].reduce((sum, { count }) => sum + count, 0);
      assert.equal(drawn, hops.at(-1).offset + 1);
      if (slow === 1) assert.deepEqual(new Set([...seen.values()].map(({ kind }) => kind)), new Set(["travel", "capsule", "flow"]));
    });
  }
}

test("what came between a lost frame and the backlog after it is in the totals, and nothing else is missing or drawn twice", () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const random = randomOf(seed);
    const hops = [...flood(400, 3), ...flood(4000, 3, { from: 3, offset: 1200, seq: 31 })];
    const lost = 5 + random(hops.length - 15);
    const back = lost + 1 + random(8);
    const playback = new Playback();
    playback.backlog({ seq: 0, hops: [], room: { incarnation: 1, now: 0, crowd: null } }, 0);
    const seen = new Map();
    let next = 0;
    for (let wall = 0; next < hops.length || !playback.caughtUp; wall += 16) {
      while (next < hops.length && hops[next].time * 1000 <= wall) {
        const hop = hops[next++];
        if (next - 1 < lost || next - 1 > back) playback.hops([hop], wall);
        if (next - 1 === back) playback.backlog({ seq: hop.seq, hops: [hop], room: { incarnation: 1, now: hop.time, crowd: null } }, wall);
      }
      playback.tick(wall);
      for (const flight of playback.timeline.flights) if (flight.kind !== "rest") seen.set(flight.id, flight);
    }
    const drawn = [...seen.values()].reduce((sum, { count }) => sum + count, 0);
    const missed = hops.slice(lost, back + 1).reduce((sum, { count }) => sum + count, 0);
    const told = playback.state.parts["orders/0"].end;
    assert.equal(told, hops.at(-1).offset + 1);
    assert.ok(drawn <= told - missed, `seed ${seed}: ${drawn} of ${told} less ${missed}`);
    assert.ok(drawn >= told - missed - 800, `seed ${seed}: a jump to live passes over no more than what was on its way`);
  }
});

test("ten times the rate is a wider band, up to a most", () => {
  const widths = [10, 100, 1000, 10_000].map(bandWidth);
  widths.forEach((width, index) => {
    if (index > 0) assert.ok(width > widths[index - 1]);
  });
  assert.ok(bandWidth(1e9) <= 15);
});

test("a group's number is all that it reads, also in rows that do not flow", () => {
  const levels = new Levels();
  const read = (partition, rate) =>
    [...flood(rate, 6)].map((hop) => ({ ...hop, type: "poll", group: "cook", source: "cook-1", partition, topic: "orders" }));
  levelAfter(
    [...read(0, 5000), ...read(1, 100)].sort((a, b) => a.time - b.time),
    levels,
  );
  assert.deepEqual([...levels.flows(6).keys()].length, 2);
  assert.ok(Math.abs(groupRate(levels.flows(6), "cook") - 5100) < 60, `${groupRate(levels.flows(6), "cook")}`);
  assert.equal(groupRate(levels.flows(20), "cook"), 0);
});

test("a flow has its number at the row and at the group, and the boxes say what they stand for", () => {
  const hops = [...flood(5000, 4)];
  const state = reduceAll(hops, emptyState());
  const flows = new Map([
    [EDGE, 4999.6],
    [edgeOf("poll", { ...PLACE, group: "cook" }), 2000],
    [edgeOf("poll", { topic: "orders", partition: 1, group: "cook" }), 500],
  ]);
  assert.equal(groupRate(flows, "cook"), 2500);
  for (const width of [336, 700, 1000, 1232]) {
    const layout = layOut(TOPOLOGY, state, width, { scaleOf: () => 1000 });
    const items = sceneOf(TOPOLOGY, state, layout, new Map(), flows);
    const texts = items.map((item) => item.text);
    assert.ok(texts.includes("end 20,000 · 5,000/s"));
    assert.ok(texts.includes("2,500/s"));
    assert.ok(texts.includes("1 box = 1,000 records"), texts.join("\n"));
    const boxes = items.filter((item) => item.id.startsWith("cell-orders/0/"));
    assert.equal(boxes.at(-1)?.id, "cell-orders/0/19000");
    assert.ok(items.some((item) => item.kind === "flow"));
  }
});
