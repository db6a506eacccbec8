/**
 * A record's steps as a space-time strip: a lane for each that acted, time to the right in true proportion. A wait that
 * dwarfs all others is cut short, and marked. Pure.
 *
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./journey.js").Stage} Stage
 * @typedef {{id: string, title: string, y: number}} Lane
 * @typedef {{hop: Hop, x: number, y: number, since: number, lane: string}} Dot
 * @typedef {{x: number, y: number, toX: number, toY: number}} Link from a cause to its effect
 * @typedef {{x: number, w: number, text: string}} Break
 * @typedef {{x: number, y: number, w: number, text: string}} Label x: its middle
 * @typedef {{width: number, height: number, left: number, narrow: boolean, lanes: Lane[], dots: Dot[], links: Link[], breaks: Break[], labels: Label[]}} Strip
 * @typedef {{x: (since: number) => number, breaks: Break[]}} Scale
 */

import { gettext, number } from "./i18n.js";
import { fit, textWidth } from "./measure.js";

const NARROW = 560;
const GUTTER = 128;
const EDGE = 14;
const TEXT = 12;
const APART = 8;
/** So many times longer than all other waits together a wait must be to be cut. */
const DWARFS = 4;
const MOST_BREAKS = 3;
const DUST = 1e-6;

/** @param {number} ms */
export const shortTime = (ms) => number(ms, ms < 100 && ms > 0 ? 1 : 0);

/** @param {Hop} hop */
function laneOf({ type, source, group, topic, partition }) {
  if (type === "ack") return { id: "log", title: `${topic} P${partition}`, order: 1 };
  if (group === undefined) return { id: `from ${source}`, title: source ?? "", order: 0 };
  return { id: `by ${source}`, title: source ?? group, order: 2 };
}

/** @param {Stage[]} stages @param {boolean} narrow @returns {Lane[]} */
function lanesOf(stages, narrow) {
  const found = new Map(stages.map(({ hop }) => [laneOf(hop).id, laneOf(hop)]));
  const sorted = [...found.values()].sort((a, b) => a.order - b.order);
  const [first, pitch] = narrow ? [26, 54] : [14, 44];
  return sorted.map(({ id, title }, index) => ({ id, title: fit(title, GUTTER - 12, TEXT), y: first + index * pitch }));
}

/** The waits that are cut, by where they begin. @param {number[]} times sorted @returns {Set<number>} */
function dwarfing(times) {
  const gaps = times.slice(1).map((time, index) => ({ from: times[index], gap: time - times[index] }));
  const cut = /** @type {Set<number>} */ (new Set());
  gaps.sort((a, b) => b.gap - a.gap);
  let rest = gaps.reduce((sum, { gap }) => sum + gap, 0);
  for (const { from, gap } of gaps.slice(0, MOST_BREAKS)) {
    rest -= gap;
    if (rest < DUST || gap < DWARFS * rest) break;
    cut.add(from);
  }
  return cut;
}

/** @param {number[]} times sorted, no two the same @param {number} left @param {number} right @returns {Scale} */
function scaleOf(times, left, right) {
  const cut = dwarfing(times);
  const text = (/** @type {number} */ from, /** @type {number} */ to) => shortTime(to - from);
  const wide = (/** @type {number} */ from, /** @type {number} */ to) => textWidth(`${text(from, to)} ms`, TEXT) + 2 * APART;
  const gaps = times.slice(1).map((to, index) => ({ from: times[index], to, isCut: cut.has(times[index]) }));
  const taken = gaps.filter((gap) => gap.isCut).reduce((sum, { from, to }) => sum + wide(from, to), 0);
  const shown = gaps.filter((gap) => !gap.isCut).reduce((sum, { from, to }) => sum + to - from, 0);
  const perMs = shown > 0 ? (right - left - taken) / shown : 0;
  const places = new Map([[times[0], left]]);
  const breaks = /** @type {Break[]} */ ([]);
  let x = left;
  for (const { from, to, isCut } of gaps) {
    const w = isCut ? wide(from, to) : (to - from) * perMs;
    if (isCut) breaks.push({ x, w, text: text(from, to) });
    x += w;
    places.set(to, x);
  }
  return { x: (since) => places.get(since) ?? left, breaks };
}

/** Of its own group, where it is a group's. @param {Dot[]} dots @param {string} type @param {Dot} effect */
const lastBefore = (dots, type, effect) =>
  dots.findLast(({ hop, since }) => hop.type === type && (hop.group ?? effect.hop.group) === effect.hop.group && since <= effect.since);

/** A reader may have the record before its producer hears that it is stored: then only the sending is known to be earlier. @param {Dot[]} dots @param {Dot} effect @returns {Dot | undefined} */
function causeOf(dots, effect) {
  const causes = /** @type {Record<string, string[]>} */ ({
    ack: ["send"],
    poll: ["ack", "send"],
    process: ["poll"],
    acknowledge: ["process", "poll"],
    commit: ["process", "poll"],
  });
  for (const type of causes[effect.hop.type] ?? []) {
    const cause = lastBefore(dots, type, effect);
    if (cause) return cause;
  }
  return undefined;
}

/** @param {Dot[]} dots @returns {Link[]} */
function linksOf(dots) {
  return dots.flatMap((dot) => {
    const cause = causeOf(dots, dot);
    return cause ? [{ x: cause.x, y: cause.y, toX: dot.x, toY: dot.y }] : [];
  });
}

const WORDS = () =>
  /** @type {Record<string, string>} */ ({
    send: gettext("sent"),
    ack: gettext("stored"),
    poll: gettext("read"),
    process: gettext("handled"),
    acknowledge: gettext("answered for"),
    commit: gettext("committed"),
    retry: gettext("tried again"),
    fail: gettext("failed"),
  });

/** Words and times, or where there is no room the times. @param {Dot[]} dots one after another in a lane @param {number} width */
function textOf(dots, width) {
  const words = [...new Set(dots.map(({ hop }) => WORDS()[hop.type] ?? hop.type))].join(", ");
  const times = [...new Set([dots[0], dots[dots.length - 1]].map(({ since }) => shortTime(since)))].join("–");
  const text = `${words} ${times}`;
  return textWidth(text, TEXT) <= width - 4 ? text : times;
}

/** Below its dots, where no line comes to them. @param {Dot[]} dots @param {number} left @param {number} width @returns {Label} */
function labelBelow(dots, left, width) {
  const text = textOf(dots, width - left);
  const w = textWidth(text, TEXT);
  const middle = (dots[0].x + dots[dots.length - 1].x) / 2;
  return { x: Math.max(left + w / 2, Math.min(width - w / 2 - 2, middle)), y: dots[0].y + 19, w, text };
}

/** On its lane, after its only dot or before it: lines that leave it go down. @param {Dot} dot @param {number} width @returns {Label} */
function labelBeside(dot, width) {
  const text = textOf([dot], width);
  const w = textWidth(text, TEXT);
  const after = dot.x + APART + w + 2 <= width;
  return { x: dot.x + (after ? 1 : -1) * (APART + w / 2 + 2), y: dot.y + 4, w, text };
}

/** Those that would overlap are one. @param {Dot[]} dots of a lane, from left to right @param {number} left @param {number} width @returns {Label[]} */
function labelsOf(dots, left, width) {
  if (dots.length === 1) return [labelBeside(dots[0], width)];
  const groups = dots.map((dot) => [dot]);
  for (let index = 1; index < groups.length; ) {
    const [before, after] = [labelBelow(groups[index - 1], left, width), labelBelow(groups[index], left, width)];
    if (before.x + before.w / 2 + APART <= after.x - after.w / 2) index += 1;
    else {
      groups.splice(index - 1, 2, [...groups[index - 1], ...groups[index]]);
      index = Math.max(1, index - 1);
    }
  }
  return groups.map((group) => labelBelow(group, left, width));
}

/** @param {Stage[]} stages @param {number} width in pixels @returns {Strip} */
export function stripOf(stages, width) {
  const narrow = width < NARROW;
  const lanes = lanesOf(stages, narrow);
  const left = narrow ? EDGE : GUTTER;
  const times = [...new Set(stages.map(({ since }) => since))].sort((a, b) => a - b);
  const scale = scaleOf(times, left, width - EDGE);
  const dots = stages.map(({ hop, since }) => {
    const lane = /** @type {Lane} */ (lanes.find(({ id }) => id === laneOf(hop).id));
    return { hop, since, lane: lane.id, x: scale.x(since), y: lane.y };
  });
  const labels = lanes.flatMap(({ id }) =>
    labelsOf(
      dots.filter((dot) => dot.lane === id),
      left - 12,
      width,
    ),
  );
  const height = (lanes.at(-1)?.y ?? 0) + (scale.breaks.length > 0 ? 42 : 26);
  return { width, height, left, narrow, lanes, dots, links: linksOf(dots), breaks: scale.breaks, labels };
}
