/** A hop as a sentence in plain words, and many hops as one. Pure. */

import { gettext, interpolate, ngettext, number } from "./i18n.js";
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

/** @param {Hop} hop */
function places(hop) {
  if (!hop.partitions?.length) return gettext("no partition");
  return hop.partitions.map(([topic, partition]) => `${topic} ${partition}`).join(", ");
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

/** @type {Record<string, (hop: Hop) => string>} */
const FORMS = {
  send: () => gettext("%(who)s sent %(what)s to %(topic)s."),
  ack: ackSentence,
  poll: pollSentence,
  process: processSentence,
  commit: () => gettext("%(group)s set its bookmark in %(topic)s partition %(partition)s to %(next)s."),
  fail: () => gettext("Failed: %(what)s, %(topic)s. %(error)s"),
  retry: () => gettext("%(who)s is trying %(what)s again."),
  join: () => gettext("%(who)s joined group %(group)s."),
  leave: () => gettext("%(who)s left group %(group)s."),
  crash: () => gettext("%(who)s crashed."),
  assign: () => gettext("%(who)s now reads %(places)s."),
  revoke: () => gettext("%(who)s gave partitions back; it now reads %(places)s."),
  lost: () => gettext("%(who)s lost partitions; it now reads %(places)s."),
  broker_up: () => gettext("%(who)s is up."),
  broker_down: () => gettext("%(who)s is down."),
  leader: () => gettext("%(who)s now leads %(topic)s partition %(partition)s."),
  isr: () => gettext("In-sync replicas of %(topic)s partition %(partition)s: %(isr)s."),
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
    isr: (hop.data?.isr ?? []).join(", "),
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

/** One line for many hops; empty when nothing was counted. @param {Tally} tally @param {number} [seconds] */
export function digest(tally, seconds = 1) {
  const counted = [...tally.values()].filter((one) => one.count > 0).sort((a, b) => a.type.localeCompare(b.type));
  if (counted.length === 0) return "";
  const since = ngettext("In the last second: %(parts)s.", "In the last %(seconds)s seconds: %(parts)s.", seconds);
  return interpolate(since, { seconds, parts: counted.map(tallyPart).join("; ") });
}
