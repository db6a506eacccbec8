/** Draws the space-time strip of the record that is followed, as wide as there is room. */

import { gettext, interpolate, ngettext, number } from "./i18n.js";
import { sentence } from "./sentences.js";
import { shortTime, stripOf } from "./strip.js";

/**
 * @typedef {import("./strip.js").Strip} Strip
 * @typedef {import("./strip.js").Dot} Dot
 */

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [text] */
function make(name, attributes, text) {
  const node = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) node.setAttribute(attribute, String(value));
  if (text !== undefined) node.textContent = text;
  return node;
}

/** A tooth where time was cut. @param {number} x @param {number} w @param {number} y */
const tooth = (x, w, y) => `M${x} ${y}h${w / 2 - 6}l4 -7l4 14l4 -7H${x + w}`;

/** Where there is no room before the lanes, their names are above them at the end, where few lines go. @param {Strip} strip */
function laneNodes({ lanes, left, width, breaks, narrow }) {
  return lanes.flatMap(({ title, y }) => {
    const stops = [left, ...breaks.flatMap(({ x, w }) => [x, x + w]), width - 4];
    const solid = stops.flatMap((x, index) => (index % 2 === 0 ? [`M${x} ${y}H${stops[index + 1]}`] : []));
    const path = [...solid, ...breaks.map(({ x, w }) => tooth(x, w, y))].join("");
    const at = /** @type {Record<string, string | number>} */ (
      narrow ? { x: width - 4, y: y - 9, "text-anchor": "end" } : { x: 0, y: y + 4 }
    );
    return [make("path", { class: "strip-lane", d: path }), make("text", { class: "strip-name", ...at }, title)];
  });
}

/** @param {Strip} strip */
function breakNodes({ breaks, height }) {
  return breaks.map(({ x, w, text }) =>
    make("text", { class: "strip-cut", x: x + w / 2, y: height - 4 }, interpolate(gettext("%(ms)s ms"), { ms: text })),
  );
}

/** Its ground hides the lines that pass. @param {import("./strip.js").Label} label */
function labelNodes({ x, y, w, text }) {
  const ground = make("rect", { class: "strip-ground", x: x - w / 2, y: y - 11, width: w, height: 14 });
  return [ground, make("text", { class: "strip-label", x, y }, text)];
}

/** @param {Dot} dot @param {Map<string, number>} registry */
function dotNode({ hop, x, y, since }, registry) {
  const node = make("circle", { class: "strip-dot", cx: x, cy: y, r: 5, "data-type": hop.type });
  node.append(make("title", {}, `${shortTime(since)} ms: ${sentence(hop, registry)}`));
  return node;
}

export class JourneyStrip {
  /** @param {HTMLElement} place @param {Map<string, number>} registry */
  constructor(place, registry) {
    this.place = place;
    this.registry = registry;
    this.stages = /** @type {import("./journey.js").Stage[]} */ ([]);
    this.width = 0;
    this.size = new ResizeObserver(([entry]) => this.resize(Math.floor(entry.contentRect.width)));
    this.size.observe(place);
  }

  /** @param {number} width */
  resize(width) {
    if (width === this.width) return;
    this.width = width;
    this.draw(this.stages);
  }

  /** @param {import("./journey.js").Stage[]} stages */
  draw(stages) {
    this.stages = stages;
    // The observer tells the width of what has just been opened a moment too late for who scrolls to it.
    if (stages.length > 0) this.width ||= Math.floor(this.place.clientWidth);
    if (this.width === 0 || stages.length === 0) return this.place.replaceChildren();
    const strip = stripOf(stages, this.width);
    const { width, height } = strip;
    const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": this.words(strip) });
    svg.append(
      ...laneNodes(strip),
      ...strip.links.map(({ x, y, toX, toY }) => make("path", { class: "strip-link", d: `M${x} ${y}L${toX} ${toY}` })),
      ...breakNodes(strip),
      ...strip.labels.flatMap(labelNodes),
      ...strip.dots.map((dot) => dotNode(dot, this.registry)),
    );
    this.place.replaceChildren(svg);
  }

  /** @param {Strip} strip */
  words({ dots, lanes }) {
    const format = ngettext(
      "The same as the list below, drawn: %(n)s step, lanes %(lanes)s.",
      "The same as the list below, drawn: %(n)s steps, lanes %(lanes)s.",
      dots.length,
    );
    return interpolate(format, { n: number(dots.length), lanes: lanes.map(({ title }) => title).join(", ") });
  }
}
