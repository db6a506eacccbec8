/**
 * How much of what passes is drawn: single tokens while an eye can follow, then counted capsules, then a flow with a number;
 * and how many records one box of a row stands for. What counts is the rate as it is shown: slowed a hundred times, 5,000 a
 * second are 50. An edge is the way of one type of hop between one row and one group, or the producers.
 * Pure: it owns its own object and touches no other.
 *
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {{time: number, total: number}} Point
 * @typedef {{value: number, wish: number, since: number}} Latch a value that is changed only when the wish has lasted
 * @typedef {{type: string, topic: string, points: Point[], latch: Latch, sampled: number}} Edge
 */

export const SINGLE = 0;
export const COUNTED = 1;
export const FLOW = 2;

/** Records a second on one edge, as shown, up to which they are single, and counted. */
const LIMITS = [8, 500];
/** A box of a row for so many records. */
const SCALES = [1, 10, 100, 1000, 10_000, 100_000];
/** New boxes a second in one row that an eye can follow. */
const BOXES_A_SECOND = 8;
const UP_AFTER = 500;
const DOWN_AFTER = 1500;
/** Back only when it is well under the limit. */
const CALMER = 0.6;
/** Seconds over which a rate is measured. */
const WINDOW = 2;
/** A run covers no more than this, in seconds: what passed before was nothing. */
const LONGEST_RUN = 1;
/** Within this after the last hop nobody can say that the flow has ended. */
const STALE = 1.5;
/** Milliseconds between two samples that are shown beside capsules or a flow. */
const SAMPLE_EVERY = 500;
const MOVES = new Set(["ack", "poll"]);

/** @param {string} type @param {{topic?: string, partition?: number, group?: string}} place */
export const edgeOf = (type, { topic, partition, group = "" }) => `${type}|${topic}|${partition}|${group}`;

/** @param {string} edge */
const groupOf = (edge) => edge.slice(edge.lastIndexOf("|") + 1);

/** @param {number} rate @param {number} share of the limits */
const levelFor = (rate, share) => LIMITS.filter((limit) => rate > limit * share).length;

/** @param {number} rate @param {number} share */
const scaleFor = (rate, share) => SCALES.findLast((scale) => scale === 1 || rate > (scale / 10) * BOXES_A_SECOND * share) ?? 1;

/** @returns {Latch} */
const latchAt = (value = 0) => ({ value, wish: value, since: 0 });

/** @param {Hop} hop @returns {Edge} */
const newEdge = ({ type, topic = "" }) => ({ type, topic, points: [], latch: latchAt(), sampled: Number.NEGATIVE_INFINITY });

/** @param {Latch} latch @param {(share: number) => number} wished @param {number} now milliseconds of display */
function settleLatch(latch, wished, now) {
  const up = wished(1);
  const wish = up > latch.value ? up : Math.min(latch.value, wished(CALMER));
  if (Math.sign(wish - latch.value) !== Math.sign(latch.wish - latch.value)) latch.since = now;
  latch.wish = wish;
  if (wish !== latch.value && now - latch.since >= (wish > latch.value ? UP_AFTER : DOWN_AFTER)) latch.value = wish;
}

/** How many had passed by then: what came in one run is spread over its time. @param {Point[]} points @param {number} time */
function totalAt(points, time) {
  const next = points.findIndex((point) => point.time > time);
  if (next < 0) return points[points.length - 1].total;
  if (next === 0) return points[0].total;
  const [from, to] = [points[next - 1], points[next]];
  return from.total + ((to.total - from.total) * (time - from.time)) / (to.time - from.time);
}

/** @param {Point[]} points @param {number} time */
function rateAt(points, time) {
  const last = points.at(-1)?.time ?? 0;
  if (points.length === 0 || time - last > STALE + WINDOW) return 0;
  const end = time - last > STALE ? time : Math.min(time, last);
  return (totalAt(points, end) - totalAt(points, end - WINDOW)) / WINDOW;
}

/** @param {Point[]} points @param {number} time @param {number} count */
function addPoint(points, time, count) {
  const last = points.at(-1);
  const total = last?.total ?? 0;
  if (!last || time - last.time > LONGEST_RUN) points.push({ time: time - LONGEST_RUN, total });
  if (last && time - last.time < 0.02) last.total += count;
  else points.push({ time, total: total + count });
  const old = points.findLastIndex((point) => point.time < time - 2 * WINDOW);
  if (old > 0) points.splice(0, old);
}

export class Levels {
  /** @param {number} [slow] how many times slower than it was */
  constructor(slow = 1) {
    this.slow = slow;
    this.edges = /** @type {Map<string, Edge>} */ (new Map());
    this.scales = /** @type {Map<string, Latch>} */ (new Map());
  }

  /** @param {Hop} hop @returns {Edge} */
  edge(hop) {
    const id = edgeOf(hop.type, hop);
    const edge = this.edges.get(id) ?? newEdge(hop);
    this.edges.set(id, edge);
    return edge;
  }

  /** A hop is on its way. @param {Hop} hop @param {number} now milliseconds of display @returns {number} the level at which it is drawn */
  pass(hop, now) {
    if (!MOVES.has(hop.type)) return SINGLE;
    const edge = this.edge(hop);
    if (hop.count !== 0) addPoint(edge.points, hop.time, hop.count ?? 1);
    this.settle(edge, hop.time, now);
    if (hop.type === "ack") this.settleScale(edge.topic, hop.time, now);
    return edge.latch.value;
  }

  /** Time goes by, whether anything passes or not. @param {number} time seconds of the room @param {number} now milliseconds of display */
  relax(time, now) {
    for (const edge of this.edges.values()) this.settle(edge, time, now);
    for (const topic of this.scales.keys()) this.settleScale(topic, time, now);
  }

  /** @param {Edge} edge @param {number} time @param {number} now */
  settle(edge, time, now) {
    const shown = rateAt(edge.points, time) / this.slow;
    settleLatch(edge.latch, (share) => levelFor(shown, share), now);
  }

  /** @param {string} topic @param {number} time @param {number} now */
  settleScale(topic, time, now) {
    const shown = this.fastest(topic, time);
    settleLatch(this.scale(topic), (share) => scaleFor(shown, share), now);
  }

  /** Beside what is counted a few are shown whole. @param {Hop} hop @param {number} now */
  takesSample(hop, now) {
    const edge = this.edge(hop);
    if (edge.latch.value === SINGLE) return true;
    if (now - edge.sampled < SAMPLE_EVERY) return false;
    edge.sampled = now;
    return true;
  }

  /** The playhead is elsewhere: what had passed there decides, at once. @param {Hop[]} hops the last seconds before it @param {number} time seconds of the room */
  seed(hops, time) {
    this.edges.clear();
    this.scales.clear();
    for (const hop of hops) if (MOVES.has(hop.type) && hop.count !== 0) addPoint(this.edge(hop).points, hop.time, hop.count ?? 1);
    for (const edge of this.edges.values()) edge.latch = latchAt(levelFor(rateAt(edge.points, time) / this.slow, 1));
    for (const { topic } of this.edges.values()) this.scales.set(topic, latchAt(scaleFor(this.fastest(topic, time), 1)));
  }

  /** @param {string} topic */
  scale(topic) {
    const latch = this.scales.get(topic) ?? latchAt(1);
    this.scales.set(topic, latch);
    return latch;
  }

  /** Of the rows of that topic, as shown. @param {string} topic @param {number} time */
  fastest(topic, time) {
    const rows = [...this.edges.values()].filter((edge) => edge.topic === topic && edge.type === "ack");
    return Math.max(0, ...rows.map(({ points }) => rateAt(points, time))) / this.slow;
  }

  /** Records for one box of that topic's rows. @param {string} topic */
  scaleOf(topic) {
    return this.scales.get(topic)?.value ?? 1;
  }

  /** The edges that are drawn as a flow, with their real records a second, and what else their groups read. @param {number} time seconds of the room @returns {Map<string, number>} */
  flows(time) {
    const flows = new Map();
    const others = new Map();
    for (const [id, { latch, points }] of this.edges) {
      const rate = rateAt(points, time);
      if (latch.value === FLOW) rate >= 1 && flows.set(id, rate);
      else if (id.startsWith("poll|")) others.set(groupOf(id), (others.get(groupOf(id)) ?? 0) + rate);
    }
    for (const group of new Set([...flows.keys()].map(groupOf))) if (others.get(group)) flows.set(`poll|||${group}`, others.get(group));
    return flows;
  }

  /** The densest drawing anywhere. */
  get top() {
    return Math.max(SINGLE, ...[...this.edges.values()].map(({ latch }) => latch.value));
  }

  /** Is anything but single records drawn? */
  get isDense() {
    return this.top > SINGLE || [...this.scales.values()].some(({ value }) => value > 1);
  }
}

/** How far back `seed` looks, in seconds. */
export const SEEDED = 2 * WINDOW;
