import assert from "node:assert/strict";
import test from "node:test";

import { lagOf, lagSeries, reachOf } from "../../static/js/room/lagchart.js";
import { HopLog } from "../../static/js/room/log.js";

const COOK = { name: "cook", title: "Cook", topics: ["orders"] };
const at = (seq, time, type, offset) => ({
  seq,
  time,
  type,
  topic: "orders",
  partition: 0,
  group: type === "ack" ? undefined : "cook",
  offset,
  count: 1,
});

test("a group is behind by what is stored and not committed, in its own topics", () => {
  const log = new HopLog();
  log.add([at(1, 1, "ack", 9), { ...at(2, 1, "ack", 4), topic: "others" }]);
  assert.equal(lagOf(log.head, COOK), 10);
  log.add([at(3, 2, "commit", 3)]);
  assert.equal(lagOf(log.head, COOK), 6);
});

test("the curve has a point for each checkpoint of the last minutes, and ends at the playhead", () => {
  const log = new HopLog();
  for (let second = 1; second <= 400; second += 1) log.add([at(second, second, "ack", second - 1)]);
  const series = lagSeries(log, log.head, COOK);
  assert.ok(series.every(({ when }) => when > 220));
  assert.deepEqual(series.at(-1), { when: 400, lag: 400 });
  assert.ok(series.length > 40);
  const earlier = lagSeries(log, log.stateAt(log.first + 300), COOK);
  assert.deepEqual(earlier.at(-1), { when: 300, lag: 300 });
  assert.ok(earlier.every(({ when, lag }) => when === lag && when <= 300));
});

test("the curves go as far back as the log, and three minutes at most", () => {
  const log = new HopLog();
  log.add([at(1, 20, "ack", 0)]);
  log.reset({ ...log.head, time: 20 });
  assert.equal(reachOf(log, 62), 42);
  assert.equal(reachOf(log, 500), 180);
  assert.equal(reachOf(log, 20), 1);
});
