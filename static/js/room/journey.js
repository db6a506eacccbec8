/**
 * One record's way: which hops of the log are about it, and what they say of it. The hops of what followed from it carry the
 * same trace; a bookmark that was set further on has passed it too. Pure.
 *
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {{trace?: string, topic?: string, partition?: number, offset?: number, key?: string | null}} Followed
 * @typedef {{hop: Hop, since: number, gap: number}} Stage since the first and since the one before, in milliseconds
 * @typedef {{key: string | null | undefined, places: string[], readers: string[], committers: string[]}} Facts
 */

const MOST = 60;
const SHOWN = new Set(["send", "ack", "poll", "process", "commit", "retry", "fail"]);

/** @param {Followed} followed @param {Hop} hop */
function covers({ topic, partition, offset }, hop) {
  if (offset === undefined || hop.topic !== topic || hop.partition !== partition || hop.offset === undefined) return false;
  return (hop.first ?? hop.offset) <= offset && offset <= hop.offset;
}

/** @param {Followed} followed @returns {(hop: Hop) => boolean} */
export const isAbout = (followed) => (hop) => {
  if (!SHOWN.has(hop.type)) return false;
  return (followed.trace !== undefined && hop.trace === followed.trace) || covers(followed, hop);
};

/** The same record, or one that followed from it. @param {Followed} followed @returns {(record: Followed) => boolean} */
export const isSame = (followed) => (record) => {
  if (followed.trace !== undefined) return record.trace === followed.trace;
  return record.topic === followed.topic && record.partition === followed.partition && record.offset === followed.offset;
};

/** Once for each place and step: a run says again what the record's own hop has said. @param {Hop[]} hops those of one record */
function withoutEcho(hops) {
  const whole = new Set(hops.filter((hop) => hop.trace).map((hop) => `${hop.type} ${hop.group} ${hop.topic}`));
  return hops.filter((hop) => hop.trace || !whole.has(`${hop.type} ${hop.group} ${hop.topic}`));
}

/** @param {Hop[]} hops @param {Followed} followed @returns {Stage[]} */
export function journeyOf(hops, followed) {
  const own = withoutEcho(hops.filter(isAbout(followed))).slice(0, MOST);
  const start = own[0]?.time ?? 0;
  return own.map((hop, index) => ({ hop, since: (hop.time - start) * 1000, gap: index > 0 ? (hop.time - own[index - 1].time) * 1000 : 0 }));
}

/** @param {Stage[]} stages @param {(hop: Hop) => boolean} wanted @param {(hop: Hop) => string | undefined} name @returns {string[]} */
function namesOf(stages, wanted, name) {
  const names = stages.filter(({ hop }) => wanted(hop)).map(({ hop }) => name(hop) ?? "");
  return [...new Set(names.filter(Boolean))];
}

/** @param {Stage[]} stages @param {Followed} followed @returns {Facts} */
export function factsOf(stages, followed) {
  const keyed = stages.find(({ hop }) => hop.key !== undefined);
  const stored = namesOf(
    stages,
    (hop) => hop.type === "ack" && hop.first === undefined,
    (hop) => `${hop.topic} P${hop.partition} @ ${hop.offset}`,
  );
  const known = followed.offset === undefined ? [] : [`${followed.topic} P${followed.partition} @ ${followed.offset}`];
  return {
    key: keyed ? keyed.hop.key : followed.key,
    places: stored.length > 0 ? stored : known,
    readers: namesOf(
      stages,
      (hop) => hop.type === "poll",
      (hop) => hop.source,
    ),
    committers: namesOf(
      stages,
      (hop) => hop.type === "commit",
      (hop) => hop.group,
    ),
  };
}
