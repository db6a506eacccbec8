import assert from "node:assert/strict";
import { test } from "node:test";
import { chipItems } from "../../static/js/room/chips.js";
import { layOut } from "../../static/js/room/layout.js";
import { reduceAll } from "../../static/js/room/reducer.js";
import { sceneOf } from "../../static/js/room/scene.js";
import { Snug } from "../../static/js/room/snug.js";
import { keepingUp, rateWords } from "../../static/js/room/stage.js";
import { clusterHops, numbered, TOPOLOGY } from "./helpers.js";

/** Each group has its world, as those of a room have. */
const ROOM = { ...TOPOLOGY, groups: TOPOLOGY.groups.map((group) => ({ ...group, world: { kind: "total" } })) };
const [{ name: GROUP }] = ROOM.groups;
const member = (type, number, partitions, changed = partitions) => {
  const places = (numbers) => numbers.map((one) => ["orders", one]);
  return { type, source: `${GROUP}-${number}`, group: GROUP, partitions: places(partitions), data: { changed: places(changed) } };
};
const JOINED = [member("join", 1, []), member("assign", 1, [0, 1, 2])];
const SHARED = [...JOINED, member("join", 2, []), member("revoke", 1, [0, 1], [2])];

function drawn(hops, more = {}) {
  const state = reduceAll(numbered(hops));
  const layout = layOut(ROOM, state, 1232, { compact: new Snug(), ...more });
  return { state, layout, chips: chipItems(state, layout) };
}

const within = ({ x, y }, box) => x >= box.x && x <= box.x + box.w && y >= box.y && y <= box.y + box.h;

test("each partition is a chip on the member that has it, and the same one goes to who gets it", () => {
  const before = drawn(JOINED);
  assert.deepEqual(
    before.chips.map(({ id }) => id),
    [0, 1, 2].map((number) => `chip-${GROUP}/orders/${number}`),
  );
  for (const chip of before.chips) assert.ok(within(chip, before.layout.members[`${GROUP}-1`]));
  const after = drawn([...SHARED, member("assign", 2, [2])]);
  const moved = after.chips.find(({ id }) => id === `chip-${GROUP}/orders/2`);
  assert.ok(moved && within(moved, after.layout.members[`${GROUP}-2`]));
  assert.ok(moved.slides);
});

test("what was given up and nobody has yet is with no member", () => {
  const { chips, layout } = drawn(SHARED);
  const loose = chips.filter(({ tone }) => tone === "loose");
  assert.deepEqual(
    loose.map(({ text }) => text),
    ["P2"],
  );
  assert.ok(Object.values(layout.members).every((box) => !within(loose[0], box)));
});

test("where it is narrow, or no room is to be saved, words stand for chips", () => {
  const { state } = drawn(JOINED);
  for (const layout of [layOut(ROOM, state, 1232), layOut(ROOM, state, 336, { compact: new Snug() })]) {
    assert.deepEqual(chipItems(state, layout), []);
    assert.ok(sceneOf(ROOM, state, layout, new Map()).some(({ text }) => text === "orders P0 P1 P2"));
  }
});

test("the spine of a row is another one when another broker leads it, and a row that nobody leads is hatched", () => {
  const spines = (...more) => {
    const state = reduceAll(numbered([...clusterHops(), ...more]));
    const items = sceneOf(ROOM, state, layOut(ROOM, state, 1232, { compact: new Snug() }), new Map());
    return items.filter(({ id }) => /^(spine|lost)-orders\/1/.test(id)).map(({ id }) => id);
  };
  const led = (/** @type {string} */ source) => ({ type: "leader", source, topic: "orders", partition: 1 });
  assert.deepEqual(spines(), ["spine-orders/1-broker-2"]);
  assert.deepEqual(spines({ type: "broker_down", source: "broker-2" }), ["spine-orders/1-lost", "lost-orders/1"]);
  assert.deepEqual(spines(led("none")), ["spine-orders/1-lost", "lost-orders/1"]);
  assert.deepEqual(spines({ type: "broker_down", source: "broker-2" }, led("broker-3")), ["spine-orders/1-broker-3"]);
});

test("groups that are less than a second behind are said to keep up, and of others nothing is said", () => {
  const state = {
    lanes: { "a/hearts/0": { committed: 900, position: 900 }, "b/hearts/0": { committed: 0, position: 0 } },
    parts: { "hearts/0": { end: 1000 } },
  };
  const groups = [{ name: "a" }, { name: "b" }, { name: "c" }];
  assert.equal(keepingUp(state, { groups }, 100), 1);
  assert.equal(keepingUp(state, { groups }, 1000), 2);
  assert.equal(keepingUp(state, { groups }, 99), 0);
  assert.equal(rateWords("hearts", 3, "2 cores"), "hearts a second, stored and read by 3 groups, on this machine: 2 cores");
  assert.equal(rateWords("hearts", 0, "2 cores"), "hearts a second stored, on this machine: 2 cores");
});
