/** A hop as a sentence in plain words, and many hops as one. Pure. */

import { gettext, interpolate, listed, ngettext, number } from "./i18n.js";
import { glyph } from "./keys.js";

/**
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {Map<string, number>} Registry
 */

const SHORT = 14;

/** @param {string} key */
const shorten = (key) => (key.length > SHORT ? `${key.slice(0, SHORT - 1)}…` : key);

/** @param {Hop} hop @param {Registry} registry */
function recordName(hop, registry) {
  if (hop.key === undefined || hop.key === null) return gettext("a record without a key");
  const { letter } = glyph(registry, hop.key);
  return interpolate(gettext("record %(letter)s (key %(key)s)"), { letter, key: shorten(hop.key) });
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

/** @param {Hop} hop */
function places(hop) {
  const names = placed(hop).map(([topic, partition]) => `${topic} ${partition}`);
  return names.length > 0 ? names.join(", ") : gettext("no partition");
}

/** @param {Hop} hop */
function ackSentence(hop) {
  const ms = hop.data?.latency_ms;
  if (ms === undefined) return gettext("Kafka stored %(what)s in %(where)s.");
  return gettext("Kafka stored %(what)s in %(where)s, and said so after %(ms)s ms.");
}

/** @param {Hop} hop */
function processSentence(hop) {
  if (hop.data?.redelivered) return gettext("%(who)s handled %(what)s from %(where)s again: it was delivered twice.");
  return gettext("%(who)s handled %(what)s from %(where)s.");
}

/** @param {Hop} hop */
function pollSentence(hop) {
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
  if (waiting === 0) return gettext("No record waits at %(who)s any more.");
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
function isrSentence(hop) {
  const count = hop.data?.in_sync?.length ?? 0;
  if (count === 0) return gettext("None of %(copies)s copies is in sync: %(places)s.");
  return ngettext(
    "%(n)s of %(copies)s copies is in sync, on broker %(isr)s: %(places)s.",
    "%(n)s of %(copies)s copies are in sync, on brokers %(isr)s: %(places)s.",
    count,
  );
}

/** @param {Hop} hop */
function brokerDownSentence(hop) {
  return hop.error ? gettext("%(who)s is down. %(error)s") : gettext("%(who)s is down.");
}

/** @type {Record<string, (hop: Hop) => string>} */
const FORMS = {
  backlog: () => gettext("The connection was lost. What happened meanwhile is in the totals, step by step it is not known here."),
  send: () => gettext("%(who)s sent %(what)s to %(topic)s."),
  ack: ackSentence,
  poll: pollSentence,
  process: processSentence,
  commit: () => gettext("%(group)s set its bookmark in %(topic)s partition %(partition)s to %(next)s."),
  fail: failSentence,
  retry: retrySentence,
  join: () => gettext("%(who)s joined group %(group)s."),
  leave: () => gettext("%(who)s left group %(group)s."),
  crash: () => gettext("%(who)s crashed."),
  assign: () => gettext("%(who)s now reads %(places)s."),
  revoke: () => gettext("%(who)s gave partitions back; it now reads %(places)s."),
  lost: () => gettext("%(who)s lost partitions; it now reads %(places)s."),
  broker_up: () => gettext("%(who)s is up."),
  broker_down: brokerDownSentence,
  leader: leaderSentence,
  isr: isrSentence,
  lag: lagSentence,
  projection: () => gettext("%(group)s now has for %(key)s: %(value)s."),
  setting: () => gettext("%(name)s was set to %(value)s."),
};

/** @param {any} value @returns {string} */
function words(value) {
  if (value === null || typeof value !== "object") return String(value);
  return Object.entries(value)
    .map(([name, one]) => `${name} ${typeof one === "number" ? number(one) : words(one)}`)
    .join(", ");
}

/** @param {Hop} hop @param {Registry} registry */
function valuesOf(hop, registry) {
  const value = hop.type === "setting" ? hop.data?.value : hop.data;
  return {
    who: hop.source ?? hop.group ?? "",
    what: what(hop, registry),
    where: where(hop),
    next: number((hop.offset ?? 0) + 1),
    places: places(hop),
    group: hop.group,
    topic: hop.topic,
    partition: hop.partition,
    key: shorten(hop.key ?? "–"),
    ms: number(hop.data?.latency_ms ?? 0, 1),
    error: hop.error ?? "",
    value: words(value ?? ""),
    name: hop.data?.name ?? "",
    lag: number(hop.data?.lag ?? 0),
    isr: listed((hop.data?.in_sync ?? []).map(String)),
    n: number(hop.data?.in_sync?.length ?? 0),
    copies: number(hop.data?.replicas?.length ?? 0),
    waiting: number(hop.data?.waiting ?? 0),
    wait: number(hop.data?.wait_s ?? 0),
  };
}

/** @param {Hop} hop @param {Registry} registry @returns {string} */
export function sentence(hop, registry) {
  const form = FORMS[hop.type];
  return form ? interpolate(form(hop), valuesOf(hop, registry)) : hop.type;
}

/** @typedef {Map<string, {type: string, name: string, count: number}>} Tally */

/** @param {Tally} tally @param {Hop} hop */
export function tallyHop(tally, hop) {
  const name = hop.type === "ack" ? hop.topic : hop.group;
  if (!name || (hop.type !== "ack" && hop.type !== "poll")) return;
  const id = `${hop.type} ${name}`;
  const count = (tally.get(id)?.count ?? 0) + (hop.count ?? 1);
  tally.set(id, { type: hop.type, name, count });
}

/** @param {{type: string, name: string, count: number}} one */
function tallyPart({ type, name, count }) {
  const stored = ngettext("%(count)s record stored in %(name)s", "%(count)s records stored in %(name)s", count);
  const format = type === "ack" ? stored : gettext("%(name)s read %(count)s");
  return interpolate(format, { name, count: number(count) });
}

/** One line for many hops; empty when nothing was counted. @param {Tally} tally @param {number} [seconds] @param {number} [until] where a second of the reader is none of the room: the room's time */
export function digest(tally, seconds = 1, until = undefined) {
  const counted = [...tally.values()].filter((one) => one.count > 0).sort((a, b) => a.type.localeCompare(b.type));
  if (counted.length === 0) return "";
  const since = ngettext("In the last second: %(parts)s.", "In the last %(seconds)s seconds: %(parts)s.", seconds);
  const format = until === undefined ? since : gettext("Up to %(until)s s: %(parts)s.");
  return interpolate(format, { seconds, until: number(until ?? 0, 3), parts: counted.map(tallyPart).join("; ") });
}
