import assert from "node:assert/strict";
import { test } from "node:test";
import { reduceAll } from "../../static/js/room/reducer.js";
import { brokerRows, memberRows } from "../../static/js/room/rosters.js";
import { clusterHops, deathOf, numbered, TOPOLOGY } from "./helpers.js";

const ALL = [0, 1, 2].map((partition) => ["orders", partition]);
const of = (source) => ({ source, group: "cook" });

test("each member stands with what it reads, who coordinates its group and how long that stood still", () => {
  const state = reduceAll(
    numbered([
      { type: "assign", ...of("cook-1"), partitions: ALL, data: { changed: ALL, still_ms: 2345.6 } },
      { type: "join", ...of("cook-2") },
      { type: "join", ...of("cook-10") },
      { type: "transaction", ...of("cook-1"), data: { state: "open" } },
      { type: "crash", ...of("cook-10"), data: { changed: [] } },
      { type: "coordinator", source: "broker-2", group: "cook" },
    ]),
  );
  assert.deepEqual(memberRows(TOPOLOGY, state), [
    ["cook", "cook-1", "orders P0 P1 P2 ⟨ open", "B2", "2.35 s"],
    ["cook", "cook-2", "idle: no partition left", "B2", "2.35 s"],
    ["cook", "cook-10", "✕ crashed", "B2", "2.35 s"],
    ["status", null, "none of ours reads orders P0 P1 P2, events P0 P1", null, null],
  ]);
});

test("each broker stands with how it is and what it leads", () => {
  const told = [...clusterHops(), ...deathOf(2), { type: "broker_up", source: "broker-1", data: { delay_ms: 2000 } }];
  assert.deepEqual(brokerRows(reduceAll(numbered(told))), [
    ["B1", "2,000 ms slower", "2"],
    ["B2", "✕ down", "0"],
    ["B3", "up", "3"],
  ]);
  const silent = reduceAll(numbered([...told, { type: "fail", source: "brokers", error: "No broker answers." }]));
  assert.deepEqual(brokerRows(silent)[0], ["B1", "no answer", null]);
  assert.deepEqual(brokerRows(reduceAll([])), []);
});
