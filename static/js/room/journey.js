/**
 * One record's way: which hops of the log are about it, and what they say of it. The hops of other records with the same
 * trace, of which one followed from another, are told apart. Pure.
 *
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {{trace?: string, topic?: string, partition?: number, offset?: number, key?: string | null, seq?: number}} Followed
 *   seq: of the hop that was pressed, for a record whose place was not known yet
 * @typedef {{topic: string, partition: number, offset: number}} Place
 * @typedef {{place?: Place, type?: string, hops: Hop[]}} Way the hops of one record
 * @typedef {{hop: Hop, since: number, gap: number}} Stage since the first and since the one before, in milliseconds
 * @typedef {{key: string | null | undefined, type?: string, value?: any, place?: Place, readers: string[], committers: string[]}} Facts
 */

const MOST = 60;
const ORDER = ["send", "ack", "poll", "process", "acknowledge", "commit", "retry", "fail"];
const SHOWN = new Set(ORDER);

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

/** @param {Hop | Followed} hop @returns {Place | undefined} */
export function placeOf({ topic, partition, offset }) {
  if (topic === undefined || partition === undefined || offset === undefined) return undefined;
  return { topic, partition, offset };
}

/** @param {Place} place */
export const placeId = ({ topic, partition, offset }) => `${topic}/${partition}/${offset}`;

/** Each record that is spoken of by its place, in order of time. @param {Hop[]} hops @returns {Map<string, Way>} */
function placedWays(hops) {
  const ways = /** @type {Map<string, Way>} */ (new Map());
  for (const hop of hops) {
    const place = hop.first === undefined ? placeOf(hop) : undefined;
    if (!place) continue;
    const way = ways.get(placeId(place)) ?? { place, hops: [] };
    way.hops.push(hop);
    way.type ??= hop.data?.type;
    ways.set(placeId(place), way);
  }
  return ways;
}

/** A record that was handed over has no place yet: it is the first of its kind that got one and is not taken. @param {Hop} hop @param {Way[]} ways */
function wayOfSend(hop, ways) {
  const isLike = (/** @type {Hop} */ one) => one.type === "ack" && one.key === hop.key && one.topic === hop.topic;
  const type = hop.data?.type;
  return ways.find((way) => (way.type ?? type) === type && way.hops.some(isLike) && !way.hops.some((one) => one.type === "send"));
}

/** @param {Hop[]} hops of one trace @returns {Way[]} */
function waysOf(hops) {
  const ways = [...placedWays(hops).values()];
  for (const hop of hops) {
    if (placeOf(hop)) continue;
    const known = hop.type === "send" ? wayOfSend(hop, ways) : ways.find((way) => way.hops.some((one) => one.topic === hop.topic));
    if (known) known.hops.push(hop);
    else ways.push({ type: hop.data?.type, hops: [hop] });
  }
  for (const way of ways) way.hops.sort((a, b) => a.time - b.time);
  return ways.sort((a, b) => a.hops[0].time - b.hops[0].time);
}

/** Which of them is meant: that of the place, of the hop that was pressed, or else the first. @param {Way[]} ways @param {Followed} followed @returns {Way | undefined} */
export function meant(ways, followed) {
  const place = placeOf(followed);
  if (place) return ways.find((way) => way.place && placeId(way.place) === placeId(place)) ?? { place, hops: [] };
  const pressed = ways.find((way) => way.hops.some((hop) => hop.seq === followed.seq));
  return pressed ?? ways.find((way) => way.hops[0].topic === (followed.topic ?? way.hops[0].topic));
}

/** A run says again what the record's own hop has said. @param {Hop[]} own @param {Hop[]} runs */
function unsaid(own, runs) {
  const said = new Set(own.map((hop) => `${hop.type} ${hop.group}`));
  return runs.filter((hop) => !said.has(`${hop.type} ${hop.group}`));
}

/** @param {Hop[]} hops in order of time @returns {Stage[]} */
function stagesOf(hops) {
  const start = hops[0]?.time ?? 0;
  return hops.map((hop, index) => ({
    hop,
    since: (hop.time - start) * 1000,
    gap: index > 0 ? (hop.time - hops[index - 1].time) * 1000 : 0,
  }));
}

/**
 * The steps of the record that is followed, and the other records of its trace. A run has the time of its last part, the
 * record's own step was then or earlier: where one is among the steps they are in order of cause, and times not `exact`.
 * @param {Hop[]} hops @param {Followed} followed @returns {{place?: Place, exact: boolean, stages: Stage[], others: Way[]}}
 */
export function journeyOf(hops, followed) {
  const ways = waysOf(hops.filter((hop) => hop.first === undefined && isAbout(followed)(hop)));
  const own = meant(ways, followed);
  const place = own?.place;
  const about = place ? hops.filter((hop) => hop.first !== undefined && SHOWN.has(hop.type) && covers(place, hop)) : [];
  const runs = unsaid(own?.hops ?? [], about);
  const exact = runs.length === 0;
  const steps = [...(own?.hops ?? []), ...runs].sort(
    (a, b) => (exact ? 0 : ORDER.indexOf(a.type) - ORDER.indexOf(b.type)) || a.time - b.time,
  );
  return { place, exact, stages: stagesOf(steps.slice(0, MOST)), others: ways.filter((way) => way !== own) };
}

/** @param {Stage[]} stages @param {string} type @param {(hop: Hop) => string | undefined} name @returns {string[]} */
function namesOf(stages, type, name) {
  const names = stages.filter(({ hop }) => hop.type === type).map(({ hop }) => name(hop) ?? "");
  return [...new Set(names.filter(Boolean))];
}

/** @param {ReturnType<typeof journeyOf>} journey @param {Followed} followed @returns {Facts} */
export function factsOf({ place, stages }, followed) {
  const keyed = stages.find(({ hop }) => hop.key !== undefined);
  const sent = stages.find(({ hop }) => hop.type === "send" && hop.first === undefined);
  return {
    key: keyed ? keyed.hop.key : followed.key,
    type: stages.find(({ hop }) => hop.data?.type !== undefined)?.hop.data.type,
    value: sent?.hop.data?.value,
    place,
    readers: namesOf(stages, "poll", (hop) => hop.source),
    committers: namesOf(stages, "commit", (hop) => hop.group),
  };
}
