/** How far each group was behind over the last minutes, up to the playhead: a small curve, and the same in words. */

import { span } from "./controls.js";
import { gettext, interpolate, number } from "./i18n.js";
import { lagIn } from "./lag.js";
import { say } from "./page.js";
import { BOOKMARKS, isUsedGroup } from "./used.js";

/**
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Group} Group
 * @typedef {{when: number, lag: number}} Point
 */

/** Seconds. */
const LENGTH = 180;
const SHORTEST = 1;
const [WIDTH, HEIGHT] = [160, 28];

/** Records stored and not committed, over all that the group reads. @param {State} state @param {Group} group */
export function lagOf(state, { name, topics }) {
  const parts = Object.values(state.parts).filter(({ topic }) => topics.includes(topic));
  return parts.reduce((sum, { topic, partition, end }) => sum + (lagIn(state.lanes[`${name}/${topic}/${partition}`], end) ?? end), 0);
}

/** At each checkpoint of the log, and now. @param {import("./log.js").HopLog} log @param {State} state at the playhead @param {Group} group @returns {Point[]} */
export function lagSeries(log, state, group) {
  const known = log.checkpoints.filter(({ when }) => when <= state.time && when > state.time - LENGTH);
  return [...known.map((one) => ({ when: one.when, lag: lagOf(one.state, group) })), { when: state.time, lag: lagOf(state, group) }];
}

/** How far back all curves go, in seconds: to where the log begins, or three minutes. @param {import("./log.js").HopLog} log @param {number} now at the playhead */
export const reachOf = (log, now) => Math.min(LENGTH, Math.max(SHORTEST, now - log.whenAt(log.first)));

/** It stays as it is until the next point. @param {Point[]} series @param {number} now @param {number} most @param {number} reach */
function pathOf(series, now, most, reach) {
  const x = (/** @type {number} */ when) => (WIDTH * Math.max(0, 1 - (now - when) / reach)).toFixed(1);
  const y = (/** @type {number} */ lag) => (HEIGHT - 2 - (HEIGHT - 4) * (lag / Math.max(1, most))).toFixed(1);
  const steps = series.map(({ when, lag }) => `H${x(when)}V${y(lag)}`);
  return `M${x(series[0].when)} ${y(series[0].lag)}${steps.join("")}H${x(now)}`;
}

export class LagChart {
  /** @param {HTMLElement} place @param {import("./types.js").Topology} topology */
  constructor(place, topology) {
    this.place = place;
    this.groups = topology.groups;
    this.rows = /** @type {Map<string, {row: HTMLElement, path: SVGPathElement, text: HTMLElement}>} */ (new Map());
    /** What a lesson has introduced; without one, everything. */
    this.shown = /** @type {Set<string> | undefined} */ (undefined);
  }

  /** @param {Set<string> | undefined} parts */
  reveal(parts) {
    this.shown = parts;
    this.place.hidden = parts !== undefined && !parts.has(BOOKMARKS);
    for (const [name, { row }] of this.rows) row.hidden = parts !== undefined && !parts.has(name);
  }

  /** @param {import("./log.js").HopLog} log @param {State} state @param {number} now at the playhead @param {boolean} isNow whether that is the present */
  draw(log, state, now, isNow) {
    const reach = reachOf(log, now);
    const isDrawn = (/** @type {Group} */ one) => !one.shared && isUsedGroup(state, one) && (this.shown?.has(one.name) ?? true);
    for (const group of this.groups.filter(isDrawn)) this.drawGroup(lagSeries(log, state, group), group, now, reach);
    this.drawAxis(reach, isNow);
  }

  /** @param {number} reach @param {boolean} isNow */
  drawAxis(reach, isNow) {
    const [from, to] = ["from", "to"].map((end) => this.place.querySelector(`[data-lag-${end}]`));
    if (!(from instanceof HTMLElement && to instanceof HTMLElement)) return;
    say(from, interpolate(isNow ? gettext("%(span)s ago") : gettext("%(span)s earlier"), { span: span(Math.round(reach)) }));
    say(to, isNow ? gettext("now") : gettext("as shown"));
  }

  /** @param {Point[]} series @param {Group} group @param {number} now @param {number} reach */
  drawGroup(series, group, now, reach) {
    const { path, text } = this.rowOf(group);
    const most = Math.max(...series.map(({ lag }) => lag));
    path.setAttribute("d", pathOf(series, now, most, reach));
    const values = { now: number(series[series.length - 1].lag), most: number(most) };
    say(text, interpolate(gettext("%(now)s behind, %(most)s at most"), values));
  }

  /** @param {Group} group */
  rowOf(group) {
    const known = this.rows.get(group.name);
    if (known) return known;
    const row = document.createElement("li");
    row.dataset.lagOf = group.name;
    row.innerHTML = `<span></span><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true"><path/></svg><span></span>`;
    const [name, svg, text] = /** @type {[HTMLElement, SVGElement, HTMLElement]} */ (/** @type {unknown} */ ([...row.children]));
    name.textContent = group.title;
    const made = { row, path: /** @type {SVGPathElement} */ (svg.firstElementChild), text };
    this.rows.set(group.name, made);
    this.place.querySelector("[data-lag-rows]")?.append(row);
    return made;
  }
}
