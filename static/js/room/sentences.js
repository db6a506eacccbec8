/** A hop as a sentence in plain words, and many hops as one. Pure. */

import { brokerNumber } from "./cluster.js";
import { gettext, interpolate, isolated, listed, ngettext, number, percent } from "./i18n.js";
import { glyph } from "./keys.js";
import { spans } from "./places.js";
import { nth } from "./shares.js";
import { groupBy } from "./together.js";
import { hotKey, joinKeyed, keyedOf, noKeys } from "./trails.js";
import { isYours } from "./yours.js";

/**
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {Map<string, number>} Registry
 */

const SHORT = 14;

/** @param {string} key */
const shorten = (key) => isolated(key.length > SHORT ? `${key.slice(0, SHORT - 1)}…` : key);

/** @param {Pick<Hop, "key" | "trace">} hop @param {Registry} registry */
export function recordName(hop, registry) {
  const own = isYours(hop);
  if (hop.key === undefined || hop.key === null) return own ? gettext("your record without a key") : gettext("a record without a key");
  const { letter } = glyph(registry, hop.key);
  const format = own ? gettext("record %(letter)s (key %(key)s, yours)") : gettext("record %(letter)s (key %(key)s)");
  return interpolate(format, { letter, key: shorten(hop.key) });
}

/** @param {Hop} hop @param {Registry} registry */
function what(hop, registry) {
  const count = hop.count ?? 1;
  if (count <= 1 && hop.first === undefined) return recordName(hop, registry);
  return interpolate(ngettext("%(count)s record", "%(count)s records", count), { count: number(count) });
}

/** @param {Hop} hop */
function where(hop) {
  const offset = number(hop.offset ?? 0);
  const values = { topic: hop.topic, partition: hop.partition, offset, first: number(hop.first ?? 0) };
  if (hop.first === undefined) return interpolate(gettext("%(topic)s partition %(partition)s, offset %(offset)s"), values);
  return interpolate(gettext("%(topic)s partition %(partition)s, offsets %(first)s to %(offset)s"), values);
}

/** All it is about: a hop of several partitions, or of one. @param {Hop} hop @returns {[string, number][]} */
const placed = (hop) => hop.partitions ?? (hop.topic === undefined ? [] : [[hop.topic, hop.partition ?? 0]]);

/** @param {[string, number][]} partitions */
function names(partitions) {
  const topics = [...groupBy(partitions, ([topic]) => topic)];
  const told = topics.flatMap(([topic, pairs]) =>
    spans(
      pairs.map(([, partition]) => partition),
      "",
    ).map((span) => `${topic} ${span}`),
  );
  return told.join(", ");
}

/** @param {Hop} hop */
const places = (hop) => names(placed(hop)) || gettext("no partition");

/** @param {Hop} hop */
function ackSentence(hop) {
  const ms = hop.data?.latency_ms;
  if (ms === undefined) return gettext("Kafka stored %(what)s in %(where)s.");
  return gettext("Kafka stored %(what)s in %(where)s, and said so after %(ms)s ms.");
}

/** @param {Hop} hop */
function processSentence(hop) {
  if (hop.data?.redelivered) return gettext("%(who)s got %(what)s from %(where)s again, which had been handled before.");
  return gettext("%(who)s handled %(what)s from %(where)s.");
}

/** Of a share group. @param {Hop} hop */
function takeSentence(hop) {
  if (hop.data.deliveries > 1) return gettext("%(who)s took %(what)s from %(where)s, delivered for the %(nth)s time.");
  return gettext("%(who)s took %(what)s from %(where)s. Until it answers nobody else in its group gets that.");
}

/** @param {Hop} hop */
function acknowledgeSentence({ data }) {
  if (data?.as === "accept") return gettext("%(who)s accepted %(what)s from %(where)s: its group is done with that.");
  if (data?.as === "reject") return gettext("%(who)s rejected %(what)s from %(where)s: nobody in its group gets that again.");
  if (data?.deliveries < data?.limit) return gettext("%(who)s released %(what)s from %(where)s, to be delivered again.");
  return gettext("%(who)s released %(what)s from %(where)s for the %(nth)s time. Kafka delivers it no more: it is given up.");
}

/** @param {Hop} hop */
function pollSentence(hop) {
  if (hop.data?.deliveries !== undefined) return takeSentence(hop);
  if (hop.first !== undefined) return gettext("%(who)s read %(what)s from %(where)s. They stay in the log.");
  return gettext("%(who)s read %(what)s from %(where)s. The record stays in the log.");
}

/** @param {Hop} hop */
function lagSentence(hop) {
  if (hop.offset == null) return gettext("%(group)s has no bookmark in %(topic)s partition %(partition)s yet.");
  return gettext("%(group)s is %(lag)s behind the end of %(topic)s partition %(partition)s.");
}

/** @param {Hop} hop */
function failSentence(hop) {
  if (hop.source === "brokers") return "%(error)s";
  if (hop.topic === undefined) return gettext("%(who)s failed. %(error)s");
  return gettext("Failed: %(what)s, %(topic)s. %(error)s");
}

/** @param {Hop} hop */
function retrySentence(hop) {
  const waiting = hop.data?.waiting;
  if (waiting === 0) return gettext("Kafka answers %(who)s again.");
  if (hop.data?.try !== undefined)
    return ngettext(
      "%(who)s tries %(what)s again in %(wait)s s, try %(try)s of %(of)s. %(error)s",
      "%(who)s tries %(records)s records again in %(wait)s s, try %(try)s of %(of)s. %(error)s",
      hop.data.records,
    );
  if (waiting !== undefined)
    return ngettext("%(waiting)s record waits at %(who)s. %(error)s", "%(waiting)s records wait at %(who)s. %(error)s", waiting);
  if (hop.key !== undefined) return gettext("%(who)s is trying %(what)s again.");
  return gettext("%(who)s could not go on and tries again in %(wait)s s. %(error)s");
}

/** @param {Hop} hop */
function leaderSentence(hop) {
  if (hop.source !== "none") return gettext("%(who)s now leads %(places)s.");
  return ngettext(
    "%(places)s has no leader now: nobody can write to it or read it.",
    "%(places)s have no leader now: nobody can write to them or read them.",
    placed(hop).length,
  );
}

/** @param {Hop} hop */
function coordinatorSentence(hop) {
  if (hop.source === "none") return gettext("Nobody coordinates group %(group)s now: it can't share out partitions or set bookmarks.");
  return gettext("%(who)s now coordinates group %(group)s.");
}

/** @param {Hop} hop */
function isrSentence(hop) {
  const count = hop.data?.in_sync?.length ?? 0;
  if (count === 0) return gettext("None of %(copies)s replicas is in sync: %(places)s.");
  return ngettext(
    "%(n)s of %(copies)s replicas is in sync, on broker %(isr)s: %(places)s.",
    "%(n)s of %(copies)s replicas are in sync, on brokers %(isr)s: %(places)s.",
    count,
  );
}

/** @param {Hop} hop */
function brokerDownSentence(hop) {
  return hop.error ? gettext("%(who)s is down. %(error)s") : gettext("%(who)s is down.");
}

/** @param {Hop} hop */
function assignSentence(hop) {
  if (hop.data?.still_ms === undefined) return gettext("%(who)s now reads %(places)s.");
  return ngettext(
    "%(who)s now reads %(places)s. What it took over had stood still for %(still)s s.",
    "%(who)s now reads %(places)s. What it took over had stood still for up to %(still)s s.",
    hop.data.changed.length,
  );
}

/** @param {Hop} hop */
function crashSentence(hop) {
  const held = hop.data?.held;
  if (held === 0) return gettext("%(who)s crashed. It had no record in its hands.");
  if (held !== undefined)
    return ngettext(
      "%(who)s crashed with %(held)s record in its hands: others get it when the brokers miss it, or its lock ends.",
      "%(who)s crashed with %(held)s records in its hands: others get them when the brokers miss it, or their locks end.",
      held,
    );
  const count = hop.data?.changed?.length ?? 0;
  if (count === 0) return gettext("%(who)s crashed. It had no partition.");
  return gettext("%(who)s crashed without a word: until the brokers miss it nobody reads %(changed)s.");
}

/** @type {Record<string, (hop: Hop) => string>} */
const OF_MEMBERS = {
  add: () => gettext("%(member)s is to join %(group)s."),
  remove: () => gettext("%(member)s is to leave %(group)s."),
  restart: () => gettext("%(member)s is to leave %(group)s and come back."),
  crash: () => gettext("%(member)s is to crash at once."),
  "crash-between": () => gettext("%(member)s is to crash with the next records that it reads, between its two steps."),
  handle: () => gettext("%(member)s is to handle its record: somebody has it in hand."),
  commit: () => gettext("%(member)s is to set its bookmark: somebody has it in hand."),
};

/** What one member alone is told to do. @type {Record<string, (hop: Hop) => string>} */
const OF_PACES = {
  pause: () => gettext("%(member)s is to pause: it stays in %(group)s and reads nothing."),
  resume: () => gettext("%(member)s is to read on."),
  slow: () => gettext("%(member)s is to take %(seconds)s s over a record."),
  alike: () => gettext("All members of %(group)s work alike again."),
};

/** @type {Record<string, (hop: Hop) => string>} */
const OF_CONTROLS = {
  bookmark: ({ topic }) =>
    topic === undefined
      ? gettext("%(group)s is to read from: %(value)s.")
      : gettext("%(group)s is to read %(topic)s partition %(partition)s from: %(value)s."),
  "held back": ({ data }) =>
    data.value
      ? gettext("Kafkaviz holds the crowd back: a group is far behind. Kafka itself would not.")
      : gettext("The crowd is held back no longer."),
  "poison record": () => gettext("A poison record is sent: handlers will throw at it."),
  "dead letters": () => gettext("Dead letters: %(again)s sent again, to where they came from."),
};

/** @type {Record<string, (hop: Hop) => string>} */
const OF_BROKERS = {
  stopped: () => gettext("%(name)s is to stop."),
  started: () => gettext("%(name)s is to start."),
};

/** @param {Hop} hop */
function seekSentence({ data }) {
  switch (data?.short) {
    case "beginning":
      return gettext("%(group)s now reads %(topic)s partition %(partition)s from offset %(from)s: that log begins no earlier.");
    case "end":
      return gettext("%(group)s now reads %(topic)s partition %(partition)s from offset %(from)s: that log goes no further.");
    default:
      return gettext("%(group)s now reads %(topic)s partition %(partition)s from offset %(from)s.");
  }
}

/** Where a bookmark is to go: an offset, or -5 for five minutes ago. @param {string} to */
function placeWords(to) {
  if (to === "beginning") return gettext("the beginning");
  if (to === "end") return gettext("the end");
  const n = Math.abs(Number(to));
  if (to.startsWith("-")) return interpolate(ngettext("%(n)s minute ago", "%(n)s minutes ago", n), { n: number(n) });
  return interpolate(gettext("offset %(n)s"), { n: number(n) });
}

/** @param {Hop} hop */
function settingSentence(hop) {
  const { name, value, member, change } = hop.data ?? {};
  if (name === "pace") return OF_PACES[Object.hasOwn(OF_PACES, change) ? change : "alike"](hop);
  const forms = member === undefined ? (hop.source === "brokers" ? OF_BROKERS : OF_CONTROLS) : OF_MEMBERS;
  const form = forms === OF_CONTROLS ? name : value;
  if (Object.hasOwn(forms, form)) return forms[form](hop);
  return hop.group === undefined ? gettext("%(name)s was set to %(value)s.") : gettext("%(group)s: %(name)s was set to %(value)s.");
}

/** @param {Hop} hop */
function transactionSentence(hop) {
  switch (hop.data?.state) {
    case "open":
      return gettext("%(who)s began a transaction: who reads committed records only gets what it sends once that is committed.");
    case "committed":
      return gettext("%(who)s committed its transaction: what it sent and its bookmarks hold, all at once.");
    default:
      return gettext("%(who)s aborted its transaction: who reads committed records only gets nothing of it. %(error)s");
  }
}

/** @param {Hop} hop */
function voidSentence(hop) {
  if (hop.first === undefined)
    return gettext("%(who)s passed over %(where)s: the end of a transaction, or a record that was aborted or compacted away.");
  return gettext("%(who)s passed over %(where)s: ends of transactions, or records that were aborted or compacted away.");
}

/** @param {Hop} hop */
function ledgerSentence(hop) {
  if (!hop.data?.balanced) return gettext("The ledger does not add up.");
  return hop.data.at_rest ? gettext("The ledger adds up, and nothing is under way.") : gettext("The ledger adds up so far.");
}

/** @param {Hop} hop */
function guestSentence(hop) {
  if (hop.data?.left) return gettext("%(who)s left group %(group)s.");
  return gettext("%(who)s, none of ours, is in group %(group)s and reads %(places)s.");
}

/** @type {Record<string, (hop: Hop) => string>} */
const FORMS = {
  backlog: () => gettext("The connection was lost. What happened meanwhile is in the totals, step by step it is not known here."),
  send: () => gettext("%(who)s sent %(what)s to %(topic)s."),
  ack: ackSentence,
  poll: pollSentence,
  process: processSentence,
  acknowledge: acknowledgeSentence,
  commit: () => gettext("%(group)s set its bookmark in %(topic)s partition %(partition)s to %(next)s."),
  fail: failSentence,
  retry: retrySentence,
  guest: guestSentence,
  join: () => gettext("%(who)s asks to join group %(group)s."),
  leave: () => gettext("%(who)s left group %(group)s."),
  crash: crashSentence,
  assign: assignSentence,
  revoke: () => gettext("%(who)s gave partitions back; it now reads %(places)s."),
  lost: () => gettext("%(who)s lost partitions; it now reads %(places)s."),
  broker_up: () => gettext("%(who)s is up."),
  broker_down: brokerDownSentence,
  leader: leaderSentence,
  isr: isrSentence,
  lag: lagSentence,
  projection: () => gettext("%(group)s now has for %(key)s: %(value)s."),
  setting: settingSentence,
  seek: seekSentence,
  coordinator: coordinatorSentence,
  ledger: ledgerSentence,
  transaction: transactionSentence,
  void: voidSentence,
  delete: () => gettext("The log of %(topic)s partition %(partition)s begins at %(next)s now: what was before is deleted."),
};

/** @param {any} value @returns {string} */
function words(value) {
  if (value === null || typeof value !== "object") return isolated(String(value));
  return Object.entries(value)
    .map(([name, one]) => `${name} ${typeof one === "number" ? number(one) : words(one)}`)
    .join(", ");
}

/** "broker-2" -> "Broker 2" @param {string} name */
const nameOf = (name) => (/^broker-\d+$/.test(name) ? interpolate(gettext("Broker %(n)s"), { n: brokerNumber(name) }) : name);

/** @param {Hop} hop */
const settingValue = ({ data }) => (data?.name === "bookmark" ? placeWords(String(data.value)) : data?.value);

/** @param {Hop} hop @param {Registry} registry */
function valuesOf(hop, registry) {
  const value = hop.type === "setting" ? settingValue(hop) : hop.data;
  return {
    who: nameOf(hop.source ?? hop.group ?? ""),
    what: what(hop, registry),
    where: where(hop),
    next: number(hop.data?.next ?? (hop.offset ?? 0) + 1),
    places: places(hop),
    group: hop.group,
    topic: hop.topic,
    partition: hop.partition,
    key: shorten(hop.key ?? "–"),
    ms: number(hop.data?.latency_ms ?? 0, 1),
    error: hop.error ?? "",
    value: words(value ?? ""),
    name: nameOf(hop.data?.name ?? ""),
    member: hop.data?.member ?? "",
    seconds: number(hop.data?.seconds ?? 0, 1),
    again: number(Number.parseInt(value, 10) || 0),
    lag: number(hop.data?.lag ?? 0),
    isr: listed((hop.data?.in_sync ?? []).map(String)),
    n: number(hop.data?.in_sync?.length ?? 0),
    copies: number(hop.data?.replicas?.length ?? 0),
    waiting: number(hop.data?.waiting ?? 0),
    wait: number(hop.data?.wait_s ?? 0),
    try: number(hop.data?.try ?? 0),
    of: number(hop.data?.of ?? 0),
    records: number(hop.data?.records ?? 0),
    still: number((hop.data?.still_ms ?? 0) / 1000, 2),
    changed: names(hop.data?.changed ?? []),
    from: number(hop.offset ?? 0),
    nth: nth(hop.data?.deliveries ?? 1),
    held: number(hop.data?.held ?? 0),
  };
}

/** @param {Hop} hop @param {Registry} registry @returns {string} */
export function sentence(hop, registry) {
  const form = FORMS[hop.type];
  return form ? interpolate(form(hop), valuesOf(hop, registry)) : hop.type;
}

/** @param {{row: {id: string, count: number}, key: string, n: number} | undefined} hot @param {Registry} registry */
export function hotSentence(hot, registry) {
  if (!hot) return "";
  const [topic, partition] = hot.row.id.split("/");
  const values = {
    letter: glyph(registry, hot.key).letter,
    key: shorten(hot.key),
    share: percent(hot.n / hot.row.count),
    topic,
    partition,
  };
  return interpolate(gettext("Key %(letter)s (%(key)s): %(share)s of %(topic)s partition %(partition)s."), values);
}

/**
 * @typedef {import("./trails.js").Keyed & {id: string}} KeyTally
 * @typedef {Map<string, {type: string, name: string, count: number, rows?: Map<string, KeyTally>}>} Tally rows: of a topic
 */

/** @param {Tally} tally @param {Hop} hop */
export function tallyHop(tally, hop) {
  const name = hop.type === "ack" ? hop.topic : hop.group;
  if (!name || (hop.type !== "ack" && hop.type !== "poll")) return;
  const id = `${hop.type} ${name}`;
  const known = tally.get(id);
  const count = (known?.count ?? 0) + (hop.count ?? 1);
  tally.set(id, { type: hop.type, name, count, rows: hop.type === "ack" ? withKeys(known?.rows ?? new Map(), hop) : undefined });
}

/** @param {Map<string, KeyTally>} rows @param {Hop} hop */
function withKeys(rows, hop) {
  const id = `P${hop.partition}`;
  return rows.set(id, { id, ...joinKeyed(rows.get(id) ?? noKeys(), keyedOf(hop)) });
}

/** @param {{type: string, name: string, count: number, rows?: Map<string, KeyTally>}} one */
function tallyPart({ type, name, count, rows }) {
  const stored = ngettext("%(count)s record stored in %(name)s", "%(count)s records stored in %(name)s", count);
  const format = type === "ack" ? stored : gettext("%(name)s read %(count)s");
  const text = interpolate(format, { name, count: number(count) });
  const hot = rows && hotKey([...rows.values()]);
  if (!hot) return text;
  const values = { text, n: number(hot.n), count: number(hot.row.count), place: hot.row.id, key: shorten(hot.key) };
  return interpolate(gettext("%(text)s (key %(key)s: %(n)s of the %(count)s in %(place)s)"), values);
}

/** One line for many hops; empty when nothing was counted. @param {Tally} tally @param {number} [seconds] @param {number} [until] where a second of the reader is none of the room: the room's time */
export function digest(tally, seconds = 1, until = undefined) {
  const counted = [...tally.values()].filter((one) => one.count > 0).sort((a, b) => a.type.localeCompare(b.type));
  if (counted.length === 0) return "";
  const since = ngettext("In the last second: %(parts)s.", "In the last %(seconds)s seconds: %(parts)s.", seconds);
  const format = until === undefined ? since : gettext("Up to %(until)s s: %(parts)s.");
  return interpolate(format, { seconds, until: number(until ?? 0, 3), parts: counted.map(tallyPart).join("; ") });
}
