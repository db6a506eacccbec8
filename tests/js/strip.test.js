import assert from "node:assert/strict";
import { test } from "node:test";
import { stripOf } from "../../static/js/room/strip.js";
import { randomOf } from "./helpers.js";

const place = { topic: "orders", partition: 1, offset: 7 };
const cook = { ...place, group: "cook", source: "cook-1" };
const status = { ...place, group: "status", source: "status-1" };

/** @param {[number, object][]} steps */
const stagesOf = (steps) => steps.map(([since, hop], index) => ({ hop: { seq: index + 1, time: since / 1000, ...hop }, since, gap: 0 }));

const STORY = [
  [0, { type: "send", source: "app", topic: "orders" }],
  [10, { type: "ack", source: "app", ...place }],
  [30, { type: "poll", ...cook }],
  [40, { type: "poll", ...status }],
  [50, { type: "process", ...cook }],
  [60, { type: "process", ...status }],
  [80, { type: "commit", ...status }],
  [100, { type: "commit", ...cook }],
];
const stages = stagesOf(STORY);
const near = (a, b) => assert.ok(Math.abs(a - b) < 0.01, `${a} is not ${b}`);

test("each that acted has a lane: the producer, the partition, then the readers as they came", () => {
  assert.deepEqual(
    stripOf(stages, 800).lanes.map(({ title }) => title),
    ["app", "orders P1", "cook-1", "status-1"],
  );
});

test("time is in true proportion", () => {
  const { dots } = stripOf(stages, 800);
  const [first, last] = [dots[0], dots.at(-1)];
  for (const { x, since } of dots) near((x - first.x) / (last.x - first.x), since / 100);
});

test("a wait that dwarfs the rest is cut and told, and all else stays in proportion", () => {
  const late = stagesOf(STORY.map(([since, hop]) => [since > 60 ? since + 45_000 : since, hop]));
  const { dots, breaks } = stripOf(late, 800);
  assert.deepEqual(
    breaks.map(({ text }) => text),
    ["45,020"],
  );
  near(dots[6].x - dots[5].x, breaks[0].w);
  const perMs = (dots[1].x - dots[0].x) / 10;
  near((dots[5].x - dots[0].x) / 60, perMs);
  near((dots[7].x - dots[6].x) / 20, perMs);
});

test("a line leads from each cause to its effect", () => {
  const { links, dots } = stripOf(stages, 800);
  const seqAt = (x, y) => dots.find((dot) => dot.x === x && dot.y === y).hop.seq;
  assert.deepEqual(
    links.map(({ x, y, toX, toY }) => [seqAt(x, y), seqAt(toX, toY)]),
    [
      [1, 2],
      [2, 3],
      [2, 4],
      [3, 5],
      [4, 6],
      [6, 7],
      [5, 8],
    ],
  );
});

test("who read it before its producer heard that it is stored got it of the sending", () => {
  const early = stagesOf([STORY[0], [5, STORY[2][1]], [10, STORY[1][1]]]);
  const { links, dots } = stripOf(early, 800);
  assert.deepEqual(
    links.map(({ x, toX }) => [x, toX]),
    [
      [dots[0].x, dots[1].x],
      [dots[0].x, dots[2].x],
    ],
  );
});

test("of one step alone there is one dot, and no line", () => {
  const { dots, links, breaks, lanes } = stripOf(stages.slice(0, 1), 320);
  assert.deepEqual([dots.length, links.length, breaks.length, lanes.length], [1, 0, 0, 1]);
  assert.equal(stripOf([], 320).dots.length, 0);
});

test("labels lie inside and never on each other, whatever the times and the width", () => {
  const random = randomOf(7);
  for (let round = 0; round < 300; round += 1) {
    let since = 0;
    const stages = stagesOf(
      STORY.map(([, hop]) => {
        since += random(4) === 0 ? random(60_000) : random(30) / 10;
        return [since, hop];
      }),
    );
    const width = 240 + random(900);
    const { labels, dots, breaks, height } = stripOf(stages, width);
    for (const { x, y, w } of labels) {
      assert.ok(x - w / 2 >= 0 && x + w / 2 <= width && y > 0 && y < height, `${x} ${w} in ${width}`);
      const others = labels.filter((one) => one.y === y && one.x !== x);
      for (const one of others) assert.ok(Math.abs(one.x - x) >= (one.w + w) / 2);
    }
    for (let index = 1; index < dots.length; index += 1) assert.ok(dots[index].x >= dots[index - 1].x);
    assert.ok(dots.at(-1).x <= width);
    assert.ok(breaks.length <= 3);
  }
});
