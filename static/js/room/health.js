/**
 * What is wrong with the cluster just now, in one to three plain sentences: derived from what was observed and from nothing else.
 * Pure.
 *
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Cluster} Cluster
 * @typedef {import("./types.js").Copies} Copies
 * @typedef {{kind: "" | "silent" | "leaderless" | "down" | "syncing" | "waiting", key: string, text: string}} Health
 *   key: the same while only a count changes
 * @typedef {{kind: Health["kind"] | "well", key: string, text: string, at: number, goneAt: number | null, before: Health["kind"]}} Line
 */

import { brokerNames, brokerNumber, isDown, isShort, longestTimeout, totalWaiting } from "./cluster.js";
import { gettext, interpolate, listed, ngettext, number } from "./i18n.js";

const SHORTEST = 700;
const SETTLE = 800;
const SHOW_WELL = 8000;

/** @param {string[]} names */
const numbersOf = (names) => listed(names.map(brokerNumber));

/** @param {string[]} down */
const downSentence = (down) =>
  interpolate(ngettext("Broker %(names)s is down.", "Brokers %(names)s are down.", down.length), { names: numbersOf(down) });

/** @param {number} count */
const allUp = (count) => interpolate(ngettext("The broker is up.", "All %(n)s brokers are up.", count), { n: number(count) });

/** @param {number} count */
const allDown = (count) => interpolate(ngettext("The broker is down.", "All %(n)s brokers are down.", count), { n: number(count) });

/** Nobody's setting is guessed: older saved runs do not tell it. @param {number} count @param {number} timeout ms */
function waitingFormat(count, timeout) {
  if (timeout === 0)
    return ngettext(
      "%(n)s record waits at the producer, which keeps trying to send it.",
      "%(n)s records wait at the producer, which keeps trying to send them.",
      count,
    );
  return ngettext(
    "%(n)s record waits at the producer, which keeps trying to send it for up to %(s)s s (message.timeout.ms).",
    "%(n)s records wait at the producer, which keeps trying to send each for up to %(s)s s (message.timeout.ms).",
    count,
  );
}

/** @param {State} state @returns {string[]} */
function waitingSentences(state) {
  const count = totalWaiting(state);
  if (count === 0) return [];
  const timeout = longestTimeout(state);
  return [interpolate(waitingFormat(count, timeout), { n: number(count), s: number(timeout / 1000) })];
}

/** @param {State} state @returns {string[]} */
function bookmarkSentences(state) {
  const known = Object.values(state.lanes).some((lane) => lane.committed !== null);
  return known ? [gettext("The groups go on from their bookmarks when Kafka is back.")] : [];
}

/** Kafka names the broker that should lead first; who leads in its stead has taken over. @param {State} state @param {string[]} down */
function successors(state, down) {
  const orphans = Object.values(state.copies).filter(({ replicas }) => down.includes(`broker-${replicas[0]}`));
  const leaders = orphans.map(({ leader }) => leader);
  if (!leaders.every((leader) => leader && !isDown(state, leader))) return [];
  const names = new Set(/** @type {string[]} */ (leaders));
  return brokerNames(state).filter((name) => names.has(name));
}

/** @param {State} state @param {string[]} down */
function takeover(state, down) {
  const names = successors(state, down);
  if (names.length === 0) return "";
  const its = ngettext("broker %(names)s now leads its partitions", "brokers %(names)s now lead its partitions", names.length);
  const their = ngettext("broker %(names)s now leads their partitions", "brokers %(names)s now lead their partitions", names.length);
  return interpolate(down.length === 1 ? its : their, { names: numbersOf(names) });
}

/** @param {Copies[]} copies */
function worst(copies) {
  return copies.reduce((found, one) => (one.inSync.length < found.inSync.length ? one : found));
}

/** @param {State} state */
function syncPart(state) {
  const copies = Object.values(state.copies);
  const short = copies.filter(isShort);
  if (short.length === 0) return "";
  const { inSync, replicas } = worst(short);
  const same = copies.every((one) => one.inSync.length === inSync.length && one.replicas.length === replicas.length);
  const all = ngettext("%(n)s of %(all)s replicas is in sync", "%(n)s of %(all)s replicas are in sync", inSync.length);
  const some = gettext("the partition with the fewest replicas in sync has %(n)s of %(all)s");
  return interpolate(same ? all : some, { n: number(inSync.length), all: number(replicas.length) });
}

/** Its leader is up and has the records: then what was acked can be read. @param {State} state @param {Copies} copies */
const isReadable = (state, { leader, inSync }) =>
  Boolean(leader) && !isDown(state, leader ?? "") && inSync.some((id) => `broker-${id}` === leader);

/** @param {State} state @returns {string[]} */
function readable(state) {
  const copies = Object.values(state.copies);
  return copies.length > 0 && copies.every((one) => isReadable(state, one)) ? [gettext("What is stored can still be read.")] : [];
}

/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** @param {string[]} parts @returns {string[]} */
const asSentence = (parts) => (parts.length > 0 ? [`${capital(parts.join("; "))}.`] : []);

/** @param {State} state @returns {string[]} */
function unwritable(state) {
  const n = Object.values(state.copies).find(({ least }) => least)?.least;
  return n
    ? [
        interpolate(gettext("Where fewer than %(n)s replicas are in sync, acks=all stores nothing (min.insync.replicas)."), {
          n: number(n),
        }),
      ]
    : [];
}

/** @param {State} state @param {string[]} down */
function downSentences(state, down) {
  const told = asSentence([takeover(state, down), syncPart(state)].filter(Boolean));
  return [downSentence(down), ...told, ...unwritable(state), ...readable(state)];
}

/** @param {string[]} down @param {string[]} leaderless ids of partitions */
function leaderlessSentences(down, leaderless) {
  const values = { n: number(leaderless.length), place: leaderless[0].replace("/", " P") };
  const none = ngettext(
    "%(place)s has no leader: nobody can write to it or read it now.",
    "%(n)s partitions have no leader: nobody can write to them or read them now.",
    leaderless.length,
  );
  const said = interpolate(none, values);
  return down.length > 0 ? [downSentence(down), said] : [said];
}

/** @param {State} state @param {number} brokers */
function syncingSentences(state, brokers) {
  const short = Object.values(state.copies).filter(isShort);
  const missing = [...new Set(short.flatMap(({ inSync, replicas }) => replicas.filter((id) => !inSync.includes(id))))].sort(
    (a, b) => a - b,
  );
  const behind = ngettext(
    "The replicas on broker %(names)s are not in sync yet.",
    "The replicas on brokers %(names)s are not in sync yet.",
    missing.length,
  );
  return [...(brokers > 0 ? [allUp(brokers)] : []), interpolate(behind, { names: listed(missing.map(String)) })];
}

/** The worst thing first: each kind says all that is worth saying beside it. @param {State} state @returns {[Health["kind"], string[]]} */
function findings(state) {
  const brokers = brokerNames(state);
  const down = brokers.filter((name) => isDown(state, name));
  const leaderless = Object.entries(state.copies).flatMap(([id, { leader }]) => (leader === null ? [id] : []));
  if (state.silence !== null) return ["silent", [gettext("No broker answers.")]];
  if (brokers.length > 0 && down.length === brokers.length) return ["silent", [allDown(brokers.length)]];
  if (leaderless.length > 0) return ["leaderless", leaderlessSentences(down, leaderless)];
  if (down.length > 0) return ["down", downSentences(state, down)];
  if (Object.values(state.copies).some(isShort)) return ["syncing", syncingSentences(state, brokers.length)];
  return [totalWaiting(state) > 0 ? "waiting" : "", []];
}

/** @param {State} state @returns {Health} */
export function healthOf(state) {
  const [kind, sentences] = findings(state);
  const more = kind === "silent" ? bookmarkSentences(state) : [];
  const waiting = waitingSentences(state);
  const key = [kind, ...sentences, waiting.length > 0 ? "waiting" : "", ...more].join(" ");
  return { kind, key: kind && key, text: [...sentences, ...waiting, ...more].join(" ") };
}

/** What may be said once nothing is wrong any more. @param {State} state @param {Health["kind"]} before */
function recoveryOf(state, before) {
  if (before === "waiting") return gettext("Kafka answers the producer again.");
  const count = brokerNames(state).length;
  const copies = Object.values(state.copies);
  const inSync = copies.length > 0 && copies.every(({ inSync, replicas }) => replicas.length > 1 && inSync.length >= replicas.length);
  const again = ngettext("The broker is up again.", "All %(n)s brokers are up again.", count);
  const synced = gettext("All %(n)s brokers are up and in sync again.");
  return interpolate(inSync && count > 1 ? synced : again, { n: number(count) });
}

/** @returns {Line} */
export const emptyLine = () => ({ kind: "", key: "", text: "", at: 0, goneAt: null, before: "" });

/** @param {Line} line @param {State} state @param {number} now @returns {Line} */
function whenWell(line, state, now) {
  if (line.kind === "") return line;
  if (line.kind === "well") return now - line.at < SHOW_WELL ? line : emptyLine();
  if (line.goneAt === null) return { ...line, goneAt: now };
  if (now - line.goneAt < SETTLE) return line;
  const text = recoveryOf(state, line.before);
  return { kind: "well", key: text, text, at: now, goneAt: null, before: "" };
}

/** The worst kind since it began says what may be said at the end. @param {Line} line @param {Health} health */
const worstKind = (line, health) => (line.kind !== "well" && line.before && health.kind === "waiting" ? line.before : health.kind);

/** The line to show now, from the one shown: a recovery is said for some seconds, once it has lasted a moment. @param {Line} line @param {State} state @param {number} now milliseconds @returns {Line} */
export function nextLine(line, state, now) {
  const health = healthOf(state);
  if (!health.kind) return whenWell(line, state, now);
  const before = worstKind(line, health);
  const wrong = line.kind !== "" && line.kind !== "well";
  if (wrong && line.text === health.text) return line.goneAt === null && line.before === before ? line : { ...line, goneAt: null, before };
  if (wrong && now - line.at < SHORTEST) return { ...line, goneAt: null, before };
  return { ...health, at: now, goneAt: null, before };
}
