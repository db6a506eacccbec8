/** Items -> SVG, by id: what stays is moved, what is new is made, what is gone is removed. Only this touches the SVG. */

import { capsuleWidth } from "./measure.js";
import { isYours } from "./yours.js";

/**
 * @typedef {import("./types.js").Item} Item
 * @typedef {{node: SVGGElement, item: Item}} Drawn
 */

const SVG = "http://www.w3.org/2000/svg";

const SHAPES = /** @type {Record<string, string>} */ ({
  circle: "M-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0z",
  square: "M-6.5-8.5h13a2 2 0 0 1 2 2v13a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2v-13a2 2 0 0 1 2-2z",
  triangle: "M0-10.5L10.8 8.5H-10.8z",
  diamond: "M0-11L11 0L0 11L-11 0z",
  pentagon: "M0-10L10-2.5L6.2 8.5H-6.2L-10-2.5z",
  hexagon: "M-5.5-9.5H5.5L11 0L5.5 9.5H-5.5L-11 0z",
  slant: "M-6-9H12.5L6 9H-12.5z",
});
const PAPER = "M-13-13H7L13-7V13H-13z M7-13V-7H13";

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [text] */
export function make(name, attributes, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  if (text !== undefined) node.textContent = text;
  return node;
}

/** @param {import("./keys.js").Glyph} glyph @param {number} [scale] */
export function glyphNodes(glyph, scale = 1) {
  const drop = glyph.shape === "triangle" ? 5.5 : 3.7;
  const group = make("g", { class: "glyph", "data-tone": glyph.tone, transform: `scale(${scale})` });
  group.append(make("path", { d: SHAPES[glyph.shape] }), make("text", { y: drop, "text-anchor": "middle" }, glyph.letter));
  return group;
}

/** @param {Item} item */
function cellNodes(item) {
  const [size, height] = [item.w ?? 0, item.h ?? 0];
  const isMany = item.strength !== undefined;
  const square = make("rect", {
    x: 1.5,
    y: 1.5,
    width: Math.max(2, size * item.full - 3),
    height: height - 3,
    rx: 4,
    class: isMany ? "many" : "",
  });
  if (isMany) square.setAttribute("data-heat", item.strength);
  const middle = { x: size / 2, y: height / 2 };
  if (!item.glyph) return isMany ? [square] : [square, make("circle", { class: "unseen", cx: middle.x, cy: middle.y, r: 2.5 })];
  const place = make("g", { transform: `translate(${middle.x} ${middle.y})` });
  place.append(glyphNodes(item.glyph, isMany ? height / 29 : size < 30 ? 0.86 : 1));
  return [square, place];
}

/** @param {Item} item */
function keysNodes(item) {
  const [w, h] = [item.w ?? 0, item.h ?? 0];
  const piece = make("rect", { width: Math.max(1, w - 1), height: h, rx: 2 });
  const place = make("g", { transform: `translate(9 ${h / 2})` });
  if (item.glyph) place.append(glyphNodes(item.glyph, 0.6));
  return [piece, place, make("text", { x: item.glyph ? 18 : 3, y: h / 2 + 3.7 }, item.text)];
}

/** @param {Item} item */
function tokenNodes(item) {
  const nodes = [];
  if (item.copy) nodes.push(make("path", { d: PAPER, class: "paper" }));
  nodes.push(glyphNodes(item.glyph, item.copy ? 0.9 : 1.1));
  if (item.failed) nodes.push(make("circle", { class: "failed", r: 15 }));
  if (item.working) nodes.push(make("path", { class: "working", d: "M-13 17H13" }));
  if (item.badge) nodes.push(make("text", { class: "badge", x: 10, y: -12 }, item.badge));
  if (item.icon) nodes.push(make("text", { class: "icon", y: -15, "text-anchor": "middle" }, item.icon));
  return nodes;
}

/** @param {Item} item */
function capsuleNodes(item) {
  const width = capsuleWidth(item.text ?? "");
  const pill = make("rect", { x: -width / 2, y: -12, width, height: 24, rx: 12, class: "capsule" });
  return [pill, make("text", { y: 4.5, "text-anchor": "middle", class: "capsule-text" }, item.text)];
}

/** @param {Item} item */
function brokerNodes(item) {
  const [w, h] = [item.w ?? 0, item.h ?? 0];
  const box = make("rect", { width: w, height: h, rx: 3 });
  const name = make("text", { x: w / 2, y: h / 2 + (h > 16 ? 4.5 : 3.8), "text-anchor": "middle" }, item.text);
  const cross = make("path", { class: "cross", d: `M-2 ${h + 2}L${w + 2}-2` });
  return item.tone?.includes("down") ? [box, cross, name] : [box, name];
}

/** @type {Record<string, (item: Item) => Element[]>} */
const BUILDERS = {
  text: (item) => [make("text", { "text-anchor": item.anchor ?? "start" }, item.text)],
  box: (item) => [make("rect", { width: item.w ?? 0, height: item.h ?? 0, rx: item.tone === "track" ? 6 : 10 })],
  broker: brokerNodes,
  cell: cellNodes,
  keys: keysNodes,
  spine: (item) => [make("rect", { width: item.w ?? 0, height: item.h ?? 0, rx: 2 })],
  end: (item) => [make("path", { d: `M0 0V${item.h}` })],
  lane: (item) => [make("path", { d: `M0 0H${item.w}` })],
  hatch: (item) => [make("rect", { width: item.w ?? 0, height: item.h ?? 0, fill: "url(#hatch)" })],
  bracket: () => [make("path", { d: "M4.5-8H0V-2H4.5" })],
  position: () => [make("path", { d: "M0 1.5L4.5 8H-4.5z" })],
  edge: (item) => [make("path", { d: item.d })],
  flow: (item) => [make("path", { d: item.d, "stroke-width": item.w ?? 0 }), make("path", { d: item.d, class: "drift" })],
  arrow: (item) => [make("path", { d: item.d, "marker-end": "url(#tip)" })],
  pull: (item) => [make("path", { d: item.d, "marker-end": "url(#hollow)" })],
  token: tokenNodes,
  capsule: capsuleNodes,
};

const SLIDING = new Set(["cell", "end", "bracket", "position"]);

/** What comes later must not cover what came first, so each kind has its level. */
const MOVING = new Set(["token", "capsule", "arrow", "pull"]);
const LEVELS = ["edges", "boxes", "marks", "tokens"];

/** @param {Item} item */
function levelOf({ kind }) {
  if (kind === "edge" || kind === "flow") return "edges";
  if (kind === "box") return "boxes";
  return MOVING.has(kind) ? "tokens" : "marks";
}

/** @param {any} one @param {any} other */
function isAlike(one, other) {
  if (one === other) return true;
  if (!one || !other || typeof one !== "object" || typeof other !== "object") return false;
  for (const name in one) if (one[name] !== other[name]) return false;
  for (const name in other) if (!(name in one)) return false;
  return true;
}

/** Nothing but the place differs: moving is enough. @param {Item} one @param {Item} other */
function looksLike(one, other) {
  for (const name in one) if (name !== "x" && name !== "y" && !isAlike(one[name], other[name])) return false;
  for (const name in other) if (!(name in one)) return false;
  return true;
}

/** @param {SVGElement} node @param {Item} item */
function place(node, item) {
  node.style.transform = `translate(${item.x}px, ${item.y}px)`;
}

export class Renderer {
  /** @param {SVGSVGElement} svg @param {typeof BUILDERS} [more] kinds of marks that not every picture has */
  constructor(svg, more) {
    this.builders = { ...BUILDERS, ...more };
    this.svg = svg;
    this.drawn = { scene: /** @type {Map<string, Drawn>} */ (new Map()), tokens: /** @type {Map<string, Drawn>} */ (new Map()) };
    this.isFollowed = /** @type {((record: any) => boolean) | undefined} */ (undefined);
    this.size = "";
    this.levels = LEVELS.map((name) => make("g", { class: name }));
    svg.replaceChildren(this.patterns(), ...this.levels);
  }

  patterns() {
    const pattern = make("pattern", { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    pattern.append(make("rect", { width: 2.4, height: 6, class: "hatch-line" }));
    const defs = make("defs", {});
    const size = { viewBox: "-1 -1 10 10", refX: 7, refY: 4, orient: "auto" };
    for (const [id, width] of /** @type {const} */ ([
      ["tip", 8.75],
      ["hollow", 9],
    ])) {
      const marker = make("marker", { id, ...size, markerWidth: width, markerHeight: width });
      marker.append(make("path", { d: "M0 0L8 4L0 8z", class: id }));
      defs.append(marker);
    }
    defs.append(pattern);
    return defs;
  }

  /** @param {number} width @param {number} height @param {number} zoom */
  resize(width, height, zoom) {
    const size = `${width} ${height} ${zoom}`;
    if (this.size === size) return;
    this.size = size;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("height", String(height * zoom));
  }

  /** The record that a mark stands for. @param {EventTarget | null} target */
  recordAt(target) {
    const id = target instanceof Element ? (target.closest("[data-id]")?.getAttribute("data-id") ?? "") : "";
    return (this.drawn.tokens.get(id) ?? this.drawn.scene.get(id))?.item.record;
  }

  /** What is put elsewhere by a jump does not slide there. @param {boolean} still */
  still(still) {
    this.svg.classList.toggle("still", still);
  }

  /** Marks that change many times a second are where they are; only boxes slide. @param {boolean} dense */
  crowd(dense) {
    this.svg.classList.toggle("dense", dense);
  }

  /** A flow drifts only while time goes by. @param {boolean} halted */
  halt(halted) {
    this.svg.classList.toggle("halted", halted);
  }

  /** Everything but these is dimmed. @param {((record: any) => boolean) | undefined} isFollowed */
  follow(isFollowed) {
    this.isFollowed = isFollowed;
    this.svg.classList.toggle("following", isFollowed !== undefined);
    for (const { node, item } of [...this.drawn.scene.values(), ...this.drawn.tokens.values()]) this.dim(node, item);
  }

  /** @param {SVGGElement} node @param {Item} item */
  dim(node, item) {
    node.classList.toggle("followed", Boolean(item.record && this.isFollowed?.(item.record)));
    node.classList.toggle("mine", Boolean(item.record && isYours(item.record)));
  }

  /** @param {"scene" | "tokens"} layer @param {Item[]} items */
  draw(layer, items) {
    const drawn = this.drawn[layer];
    const wanted = new Set(items.map((item) => item.id));
    for (const [id, old] of drawn) {
      if (wanted.has(id)) continue;
      old.node.remove();
      drawn.delete(id);
    }
    const last = /** @type {Map<string, SVGGElement>} */ (new Map());
    for (const item of items) last.set(levelOf(item), this.drawOne(drawn, item, last.get(levelOf(item))));
  }

  /** @param {Map<string, Drawn>} drawn @param {Item} item @param {SVGGElement | undefined} before what is drawn before it @returns {SVGGElement} */
  drawOne(drawn, item, before) {
    const old = drawn.get(item.id);
    if (old && looksLike(old.item, item)) {
      if (old.item.x !== item.x || old.item.y !== item.y) place(old.node, item);
      old.item = item;
      return old.node;
    }
    const node = old?.node ?? this.add(item, before);
    node.setAttribute("class", `${item.kind} ${item.tone ?? ""}`.trim());
    node.classList.toggle("slides", SLIDING.has(item.kind) || item.slides === true);
    node.classList.toggle("pressable", item.record !== undefined);
    this.dim(node, item);
    node.replaceChildren(...this.builders[item.kind](item));
    place(node, item);
    drawn.set(item.id, { node, item });
    return node;
  }

  /** What covers what, and in which order it is read, is the scene's to say, not the order in which it came. @param {Item} item @param {SVGGElement | undefined} before */
  add(item, before) {
    const node = /** @type {SVGGElement} */ (make("g", { "data-id": item.id }));
    if (before) before.after(node);
    else this.levels[LEVELS.indexOf(levelOf(item))].prepend(node);
    return node;
  }
}
