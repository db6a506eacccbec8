/** What a step waits for, in words. Pure. */

import { gettext, interpolate, ngettext, number } from "../room/i18n.js";

/** @typedef {import("./conditions.js").Condition} Condition */

/** @type {Record<string, () => string>} */
const HOPS = {
  send: () => gettext("the app to hand a record over"),
  ack: () => gettext("a record to be stored in %(topic)s"),
  poll: () => gettext("%(group)s to read"),
  process: () => gettext("%(group)s to handle what it has read"),
  commit: () => gettext("%(group)s to set its bookmark"),
  acknowledge: () => gettext("%(group)s to answer for a record"),
  join: () => gettext("a member to join %(group)s"),
  leave: () => gettext("a member to leave %(group)s"),
  crash: () => gettext("a member of %(group)s to crash"),
  assign: () => gettext("%(group)s to share its partitions out"),
  revoke: () => gettext("%(group)s to give partitions up"),
  lost: () => gettext("%(group)s to lose partitions"),
  seek: () => gettext("%(group)s to go to another place"),
  fail: () => gettext("something to fail"),
  retry: () => gettext("something to be tried again"),
  broker_up: () => gettext("a broker to come back"),
  broker_down: () => gettext("a broker to go down"),
  leader: () => gettext("another broker to lead a partition"),
  isr: () => gettext("replicas to fall behind or to catch up"),
  setting: () => gettext("what was asked for to be set"),
  transaction: () => gettext("a transaction to end"),
};

/** @param {Condition} condition */
function amountOf({ at_least: least, at_most: most, exactly }) {
  if (exactly !== undefined) return interpolate(gettext("to be %(n)s"), { n: number(exactly) });
  if (least !== undefined) return interpolate(gettext("to reach %(n)s"), { n: number(least) });
  return interpolate(gettext("to come down to %(n)s"), { n: number(most) });
}

/** @param {Condition} condition */
function hopWords({ hop, topic, group, records = 1 }) {
  const about = { topic: topic ?? gettext("a topic"), group: group ?? gettext("a group") };
  const words = interpolate((HOPS[hop] ?? (() => gettext("something to be observed")))(), about);
  if (records === 1) return words;
  return interpolate(ngettext("%(words)s (%(n)s record)", "%(words)s (%(n)s records)", records), { words, n: number(records) });
}

/** @param {Condition} condition @returns {string} */
export function awaited(condition) {
  const amount = amountOf(condition);
  if ("hop" in condition) return hopWords(condition);
  if ("lag" in condition) return interpolate(gettext("the lag of %(group)s %(amount)s"), { group: condition.lag, amount });
  if ("members" in condition) return interpolate(gettext("the members of %(group)s %(amount)s"), { group: condition.members, amount });
  if ("readers" in condition)
    return interpolate(gettext("the members of %(group)s that have partitions %(amount)s"), { group: condition.readers, amount });
  if ("ledger" in condition) return interpolate(gettext("the ledger’s count of %(group)s %(amount)s"), { group: condition.ledger, amount });
  return gettext("everything to come to rest");
}
