/**
 * Over the picture, for the keys and for screen readers: a row for each partition, with the records that are drawn in it, and one
 * for each member. The tab key stops here once, the arrows go from one to another, Enter follows a record.
 */

import { focusOn } from "./framed.js";
import { gettext, interpolate, number } from "./i18n.js";
import { idleWord } from "./readers.js";
import { recordName } from "./sentences.js";
import { groupBy } from "./together.js";

/**
 * @typedef {import("./layout.js").Layout} Layout
 * @typedef {import("./types.js").Topology} Topology
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./types.js").State} State
 * @typedef {{id: string, name: string, x: number, y: number, w?: number, h?: number, record?: any}} Spot
 */

const FAR = 1e9;
/** Rows and columns on. @type {Record<string, [number, number]>} */
const WAYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -FAR], End: [0, FAR] };

/** @param {string} row @param {Item} cell @param {Map<string, number>} registry @returns {Spot} */
function cellSpot(row, { x, y, w, h, tone, record }, registry) {
  const nothing = (tone === "void" && gettext("holds nothing for readers")) || (tone === "gone" && gettext("deleted"));
  const what = nothing || (record.key === undefined ? gettext("counted, not seen whole") : recordName(record, registry));
  const name = interpolate(gettext("%(row)s, offset %(offset)s: %(what)s"), { row, offset: number(record.offset), what });
  return { id: `${record.topic}/${record.partition}/${record.offset}`, name, x, y, w, h, record };
}

/** Each begins with what it is the row of. @param {Topology} topology @param {State} state @param {Layout} layout @param {Item[]} scene @param {Map<string, number>} registry @returns {Spot[][]} */
function spotsOf(topology, state, { rows, members, groups, sizes }, scene, registry) {
  const cells = groupBy(
    scene.filter(({ kind, record }) => kind === "cell" && record),
    ({ record }) => `${record.topic}/${record.partition}`,
  );
  const partitions = Object.entries(rows).map(([id, { topic, partition, x, y, slots }]) => {
    const title = topology.topics.find((one) => one.name === topic)?.title ?? topic;
    const name = interpolate(gettext("%(title)s, partition %(n)s"), { title, n: partition });
    const head = { id, name, x: x - sizes.label, y, w: sizes.label + slots * sizes.cell, h: sizes.cell };
    return [head, ...(cells.get(id) ?? []).map((cell) => cellSpot(name, cell, registry))];
  });
  const people = Object.entries(members).map(([id, place]) => {
    const member = state.members[id];
    const reads = place.lines.join(", ") || idleWord(topology, state, member);
    const name = interpolate(gettext("%(group)s, member %(id)s: %(reads)s"), { group: groups[member.group].group.title, id, reads });
    return [{ ...place, id, name }];
  });
  return [...partitions, ...people];
}

/** @param {string} role @param {string} [className] */
function make(role, className = "") {
  const node = document.createElement("div");
  node.setAttribute("role", role);
  node.className = className;
  return node;
}

/** What has focus stays where it is: others are put before and after it. @param {Element} parent @param {Element[]} children in their order */
function settle(parent, children) {
  let next = /** @type {Element | null} */ (null);
  for (const child of children.toReversed()) {
    if (child.parentElement !== parent) parent.insertBefore(child, next);
    next = child;
  }
}

export class Grid {
  /** @param {Element} picture that it lies over */
  constructor(picture) {
    this.node = make("grid", "grid");
    this.node.setAttribute("aria-label", gettext("Partitions and members: the arrow keys go from one to another, Enter follows a record"));
    this.node.addEventListener("keydown", (event) => this.press(event));
    this.node.addEventListener("click", ({ target }) => this.follow(/** @type {Element} */ (target)));
    picture.after(this.node);
    this.rows = /** @type {Spot[][]} */ ([]);
    this.nodes = /** @type {Map<string, HTMLElement>} */ (new Map());
    /** Where the tab key stops; the records of that row alone have nodes. */
    this.at = { row: "", spot: "", column: 0 };
  }

  /** @param {Topology} topology @param {State} state @param {Layout} layout @param {Item[]} scene @param {Map<string, number>} registry @param {number} zoom */
  draw(topology, state, layout, scene, registry, zoom) {
    this.rows = spotsOf(topology, state, layout, scene, registry);
    this.zoom = zoom;
    this.node.hidden = this.rows.length === 0;
    this.update();
  }

  /** What is gone while it has focus hands it on to what is nearest. */
  update() {
    const { at, nodes, rows } = this;
    const row = rows.find(([{ id }]) => id === at.row) ?? rows[0] ?? [];
    const spot = row.find(({ id }) => id === at.spot) ?? row[at.spot === at.row ? 0 : 1] ?? row[0];
    const hadFocus = this.node.contains(document.activeElement);
    this.at = { row: row[0]?.id, spot: spot?.id, column: at.column };
    const wanted = new Set(rows.flatMap((one) => (one === row ? one : one.slice(0, 1))).map(({ id }) => id));
    for (const [id, node] of nodes) {
      if (wanted.has(id)) continue;
      (node.matches(".head") ? node.parentElement : node)?.remove();
      nodes.delete(id);
    }
    settle(
      this.node,
      rows.map((one) => this.line(one === row ? one : one.slice(0, 1))),
    );
    if (hadFocus && !this.node.contains(document.activeElement)) this.stop?.focus({ preventScroll: true });
  }

  /** @param {Spot[]} spots of one row */
  line(spots) {
    const line = this.nodes.get(spots[0].id)?.parentElement ?? make("row");
    settle(
      line,
      spots.map((spot) => this.place(spot)),
    );
    return line;
  }

  /** @param {Spot} spot */
  place({ id, name, x, y, w = 0, h = 0, record }) {
    const node = this.nodes.get(id) ?? make("gridcell", record ? "spot" : "spot head");
    this.nodes.set(id, node);
    const [left, top, width, height] = [x, y, w, h].map((length) => `${length * (this.zoom ?? 1)}px`);
    Object.assign(node.style, { left, top, width, height });
    node.tabIndex = id === this.at.spot ? 0 : -1;
    if (node.getAttribute("aria-label") !== name) node.setAttribute("aria-label", name);
    return node;
  }

  get stop() {
    return this.nodes.get(this.at.spot);
  }

  /** For one that had focus and is gone. @param {Element | null} node */
  standIn(node) {
    return node?.matches(".spot") ? this.stop : undefined;
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const { key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (WAYS[key]) this.walk(...WAYS[key]);
    else if (key === "Enter" || key === " ") this.follow(/** @type {Element} */ (event.target));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Up and down it keeps to its column, where a row is that long. @param {number} down @param {number} on */
  walk(down, on) {
    const { rows, at } = this;
    const from = rows.findIndex(([{ id }]) => id === at.row);
    const row = rows[Math.min(rows.length - 1, Math.max(0, from + down))];
    const column = on ? row.findIndex(({ id }) => id === at.spot) + on : at.column;
    const to = Math.min(row.length - 1, Math.max(0, column));
    this.at = { row: row[0].id, spot: row[to].id, column: on ? to : at.column };
    this.update();
    if (this.stop) focusOn(this.stop);
  }

  /** Of a row itself: to its last record. @param {Element} node */
  follow(node) {
    const spot = this.rows.flat().find(({ id }) => this.nodes.get(id) === node);
    if (!spot) return;
    if (spot.record) node.dispatchEvent(new CustomEvent("follow", { bubbles: true, detail: spot.record }));
    else this.walk(0, FAR);
  }
}
