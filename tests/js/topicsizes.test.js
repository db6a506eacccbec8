import assert from "node:assert/strict";
import { test } from "node:test";
import { TopicSizes } from "../../static/js/room/table.js";
import { TOPOLOGY } from "./helpers.js";

test("a backlog that tells of other numbers of partitions makes rows anew, and one that tells of the same does not", () => {
  const topology = structuredClone(TOPOLOGY);
  const sizes = new TopicSizes(topology);
  assert.equal(sizes.take({ orders: 3, events: 2 }), false);
  assert.equal(sizes.take({ orders: 5, events: 2 }), true);
  assert.deepEqual(
    topology.topics.map(({ partitions }) => partitions),
    [5, 2],
  );
  assert.equal(sizes.take({ orders: 5, events: 2 }), false);
});
