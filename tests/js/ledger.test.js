import assert from "node:assert/strict";
import test from "node:test";

import { ledgerLines } from "../../static/js/room/ledger.js";

const TOPOLOGY = {
  topics: [
    { name: "hearts", title: "Hearts", partitions: 3 },
    { name: "dead-letters", title: "Dead letters", partitions: 1, spare: true },
  ],
  groups: [
    { name: "cook", title: "Cook", topics: ["hearts"] },
    { name: "late", title: "Late", topics: ["hearts"], guest: true },
  ],
};
const NOTHING = { sent: 0, stored: 0, unknown: 0, failed: 0, waiting: 0, others: 0, vanished: 0, end: 0 };
const READ = { processed: 0, again: 0, dead: 0, lost: 0, skipped: 0, in_hand: 0, unread: 0, uncommitted: 0 };

const account = (topic, group) => ({
  topics: { hearts: { ...NOTHING, ...topic }, "dead-letters": NOTHING },
  groups: { cook: { ...READ, ...group } },
  at_rest: true,
  balanced: true,
});

test("what is there is told, and what is not there is not", () => {
  const lines = ledgerLines(TOPOLOGY, account({ sent: 5000, stored: 5000, end: 5000 }, { processed: 5000, again: 12 }));
  assert.deepEqual(lines, [
    ["topic/hearts", "Hearts", "5,000 produced · 5,000 stored"],
    ["group/cook", "Cook", "5,000 handled · 12 delivered again · 0 lost"],
  ]);
});

test("what is wrong is told in words", () => {
  const [[, , topic], [, , group]] = ledgerLines(
    TOPOLOGY,
    account(
      { sent: 9, stored: 5, failed: 1, unknown: 2, waiting: 1, vanished: 1, end: 4 },
      { lost: 2, dead: 1, skipped: 3, in_hand: 1, unread: 4, uncommitted: 1 },
    ),
  );
  assert.equal(
    topic,
    "9 produced · 5 stored · 1 on its way · 1 given up by the producer · 2 of which nobody told (acks=0) · 1 ACKNOWLEDGED AND GONE",
  );
  assert.equal(
    group,
    "0 handled · 2 lost · 1 in the dead letters · 3 passed over by choice · 1 in hand · 1 with no bookmark behind it yet · 4 still to read",
  );
});
