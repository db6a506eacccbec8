/**
 * The picture where all of it must be on one screen: narrower columns, and below a row one line for all its groups, on
 * which each one's bookmark carries the group's icon, and how far it is behind while it is. Pure.
 */

import { chipItems, partsOf } from "./chips.js";
import { brokerMark } from "./cluster.js";
import { curve, groupRate, way } from "./flow.js";
import { number } from "./i18n.js";
import { lagIn } from "./lag.js";
import { isEmitted } from "./layout.js";
import { fit, textWidth } from "./measure.js";
import { beforeText, boundaryX, endText, label, shareItems } from "./rows.js";
import { SNUG_MARKS } from "./snugmarks.js";

/**
 * @typedef {import("./types.js").Topology} Topology
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Part} Part
 * @typedef {import("./types.js").Group} Group
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./layout.js").Layout} Layout
 * @typedef {import("./layout.js").RowPlace} RowPlace
 * @typedef {import("./layout.js").Sizes} Sizes
 */

const COMMON = {
  head: 15,
  foot: 14,
  lane: 20,
  titleH: 26,
  over: 29,
  memberH: 26,
  line: 16,
  pad: 10,
  font: 13,
  bar: 46,
  nameH: 24,
  apart: 5,
  small: 12,
};
const ABREAST = { ...COMMON, cell: 34, label: 28, laneLabel: 14, producer: 104, gap: 26, groups: 300, world: 104, rowGap: 13, columns: 1 };
/** @type {Record<string, Sizes>} */
const SIZES = {
  broad: ABREAST,
  wide: { ...ABREAST, groups: 310, world: 110 },
  medium: ABREAST,
  narrow: {
    ...COMMON,
    head: 0,
    foot: 12,
    lane: 19,
    titleH: 22,
    over: 6,
    memberH: 22,
    pad: 6,
    bar: 32,
    nameH: 17,
    apart: 3,
    cell: 25,
    label: 27,
    laneLabel: 84,
    producer: 0,
    gap: 0,
    groups: 0,
    rowGap: 4,
    columns: 1,
  },
};
/** Below this there is no room for two columns of rows between the producer and the groups. */
const BROAD = 920;
const WIDE = 710;
const SHARED_LANE = 19;
const FLAG = 12.5;
/** For the coordinator's mark and a rate. */
const ASIDE = 90;
/** Wide enough, with the size of words, for any system's picture of it. */
const ICON = 6;
const SMALL = 12;
const STAGE_SMALL = 14;
const STAGE_WORLD = 112;
/** Of a world beside what its group made, and the height of one in the line of a name. */
const BESIDE = 110;
const LOW = 20;
const MARK_GAP = 5;
const MARK_HEIGHT = 20;

/** @param {Group} group @param {number | null} lag @param {number} size of words */
function flagText({ icon, title }, lag, size) {
  const short = icon ?? fit(title, 40, size);
  return {
    text: lag ? `${short}${number(lag)}` : short,
    w: (icon ? size + ICON : textWidth(short, size) + 4) + (lag ? textWidth(number(lag), size) + 6 : 0),
  };
}

export class Snug {
  /** @param {string} [place] "page" or "stage": there words are larger, fewer, and each group is one band */
  constructor(place = "page") {
    this.isStage = place === "stage";
    /** Of the smallest words. */
    this.small = this.isStage ? STAGE_SMALL : SMALL;
  }

  /** @param {Topology} topology @param {number} width @returns {Layout["mode"]} */
  modeOf(topology, width) {
    const emitted = topology.topics.filter((topic) => isEmitted(topology, topic)).length;
    const both = emitted > 0 && emitted < topology.topics.length;
    if (width < (both ? BROAD : WIDE)) return "narrow";
    return both ? "broad" : "wide";
  }

  /** @param {string} mode */
  sizesOf(mode) {
    return this.isStage && mode !== "narrow" ? { ...SIZES[mode], small: STAGE_SMALL, world: STAGE_WORLD } : SIZES[mode];
  }

  /** For who looks from far: one band a group, of all that it reads, from the middle of the rows that stand next to it. @param {Layout} layout @param {import("./rows.js").Flows} flows @returns {Item[]} */
  bands({ groups, rows, sizes, width }, flows) {
    const right = Math.max(...Object.values(rows).map((row) => row.x + row.slots * sizes.cell + sizes.laneLabel - 4));
    return Object.values(groups).flatMap(({ group: { name }, x, y }) => {
      const rate = this.isStage ? groupRate(flows, name) : 0;
      const read = Object.values(rows).filter((row) => row.lanes[name] !== undefined && row.x > width / 2 - row.slots * sizes.cell);
      const beside = read.length > 0 ? read : Object.values(rows);
      const from = beside.reduce((sum, row) => sum + row.y + sizes.cell / 2, 0) / beside.length;
      return rate > 0 ? [way(`${name}/all`, curve(right, from, x, y + 26), rate)] : [];
    });
  }

  /** Kinds of marks that stand here alone. */
  get marks() {
    return SNUG_MARKS;
  }

  /** @type {typeof partsOf} */
  partsOf(...places) {
    return partsOf(...places);
  }

  /** @type {typeof chipItems} */
  chipItems(...all) {
    return chipItems(...all);
  }

  /** Below a row, from there on: one line for all, and one more for each share group. @param {Group[]} readers @param {number} top @param {Sizes} sizes */
  lanesOf(readers, top, { lane }) {
    const hasLine = readers.some(({ shared }) => !shared);
    let y = top + (hasLine ? lane : 0);
    const ys = readers.map(({ name, shared }) => {
      if (!shared) return /** @type {[string, number]} */ ([name, top + lane - 2]);
      y += SHARED_LANE;
      return /** @type {[string, number]} */ ([name, y - SHARED_LANE / 2]);
    });
    return { ys, height: y - top };
  }

  /** @param {State} state @param {Layout} layout @param {RowPlace} row @param {Part} part @param {Group[]} readers @returns {Item[]} */
  laneItems(state, layout, row, part, readers) {
    const plain = readers.filter(({ shared }) => !shared);
    const shares = readers.filter(({ shared }) => shared).flatMap((group) => shareItems(row, part, state, group, layout));
    if (plain.length === 0) return shares;
    const { cell } = layout.sizes;
    const id = `${row.topic}/${row.partition}`;
    const y = row.lanes[plain[0].name];
    const line = { id: `lane-${id}`, kind: "lane", x: row.x, y, w: row.slots * cell };
    const known = plain.flatMap((group) => {
      const lane = state.lanes[`${group.name}/${id}`];
      return lane ? [{ group, lane }] : [];
    });
    const marks = known.flatMap(({ group, lane: { committed, position } }) => {
      const at = (/** @type {number} */ offset) => boundaryX(row, cell, offset);
      const bracket = { id: `committed-${group.name}/${id}`, kind: "bracket", x: at(committed ?? 0), y };
      const place = { id: `position-${group.name}/${id}`, kind: "position", x: at(position ?? 0), y };
      return [...(committed === null ? [] : [bracket]), ...(position === null || position === committed ? [] : [place])];
    });
    return /** @type {Item[]} */ ([
      line,
      ...this.hatch(known, row, part, cell, y),
      ...marks,
      ...this.flags(known, row, part, layout, y),
      ...shares,
    ]);
  }

  /** One for all: from the bookmark that is furthest behind. @param {{lane: import("./types.js").Lane}[]} known @param {RowPlace} row @param {Part} part @param {number} cell @param {number} y */
  hatch(known, row, part, cell, y) {
    const least = Math.min(...known.map(({ lane }) => (lagIn(lane, part.end) ? (lane.committed ?? 0) : part.end)));
    const from = boundaryX(row, cell, least);
    const w = boundaryX(row, cell, part.end) - from;
    return w > 0 ? [{ id: `lag-${row.topic}/${row.partition}`, kind: "hatch", x: from, y: y + 1, w, h: 6 }] : [];
  }

  /** Those that coincide stand side by side, and none leaves its row; without a bookmark a group is where the row begins. @param {{group: Group, lane: import("./types.js").Lane}[]} known @param {RowPlace} row @param {Part} part @param {Layout} layout @param {number} y @returns {Item[]} */
  flags(known, row, part, { sizes }, y) {
    const placed = known
      .map(({ group, lane }) => ({
        group,
        at: boundaryX(row, sizes.cell, lane.committed ?? 0),
        ...flagText(group, lagIn(lane, part.end), this.isStage ? STAGE_SMALL : FLAG),
      }))
      .sort((one, other) => one.at - other.at);
    let x = row.x;
    const xs = placed.map(({ at, w }) => {
      x = Math.max(x, at + 6) + w;
      return x - w;
    });
    const over = Math.max(0, Math.min(x - (row.x + row.slots * sizes.cell + sizes.laneLabel), (xs[0] ?? row.x) - row.x));
    return placed.map(({ group, text }, index) =>
      label(`lanetext-${group.name}/${row.topic}/${row.partition}`, xs[index] - over, y - 3, text, "lane"),
    );
  }

  /** How far the row goes, and what is before it: above it, or beside it where it is narrow. @param {RowPlace} row @param {Part} part @param {number | undefined} flow @param {Layout} layout @param {number} endX @returns {Item[]} */
  headItems(row, part, flow, layout, endX) {
    const { sizes, mode } = layout;
    const id = `${row.topic}/${row.partition}`;
    const right = row.x + row.slots * sizes.cell;
    const narrow = mode === "narrow";
    const silent = { ...part, latency: null };
    const brief = endText(silent, flow, layout);
    const [whole, short] = beforeText(row, part);
    if (narrow) {
      const said = textWidth(brief, this.small) <= sizes.laneLabel - 4 ? brief : endText(silent, undefined, layout);
      const before = short ? [label(`earlier-${id}`, right + 8, row.y + 24, short, "small")] : [];
      return [label(`endtext-${id}`, right + 8, row.y + 10, said, "small"), ...before];
    }
    const room = right + sizes.laneLabel + 8;
    const full = endText(part, flow, layout);
    const earlier = short ? textWidth(short, this.small) + 6 : 0;
    const end = earlier + textWidth(full, this.small) <= room - row.x ? full : brief;
    const x = Math.max(row.x, Math.min(endX + 5, room - textWidth(end, this.small)));
    const before = [whole, short].find((text) => text && textWidth(text, this.small) + 6 <= x - row.x);
    return [
      label(`endtext-${id}`, x, row.y - 5, end, "small", { slides: true }),
      ...(before ? [label(`earlier-${id}`, row.x, row.y - 5, before, "small")] : []),
    ];
  }

  /** Where it is narrow: what a group made beside its name, and beside how fast it reads; or nothing, if there is no room. @param {Group} group @param {string[]} made @param {number} width */
  asideOf({ icon = "", title }, made, width) {
    const text = made.join(" · ");
    return textWidth(`${icon} ${title}${text}`, 14) + ASIDE <= width ? text : "";
  }

  /** Where it is narrow: in the line of its name, or at the right of what it made. @param {Group} group @param {import("./layout.js").Box} box @param {string} aside @param {number | undefined} madeY */
  worldOf({ world, title, show }, { x, y, w }, aside, madeY) {
    const right = x + w - SIZES.narrow.pad;
    if (madeY !== undefined) return world?.kind === "most" ? null : { x: right - BESIDE, y: madeY - 13, w: BESIDE, h: 32 };
    const name = textWidth(title, 14) + 40;
    const room = w - name - ASIDE - textWidth(aside, 15);
    if (!aside && !show?.steps?.length) return null;
    return { x: x + name, y: y + 2, w: right - 30 - textWidth(aside, 15) - x - name, h: room > 20 ? LOW : 0 };
  }

  /** Where it is narrow: at the right, in the line of the first topic's name; undefined if there is no room for them. @param {string[]} names @param {Layout} layout @param {string} title */
  brokersOf(names, { below, width, sizes }, title) {
    const widths = names.map((name) => Math.ceil(textWidth(brokerMark(name), SMALL) + 0.9 * SMALL));
    const cut = widths.reduce((sum, w) => sum + w + MARK_GAP, 0) + textWidth(title, FLAG) + 4;
    if (cut > width / 2) return undefined;
    const y = below + 8 + (sizes.titleH - MARK_HEIGHT) / 2;
    let x = width - cut + textWidth(title, FLAG) + 4 + MARK_GAP;
    const places = names.map((name, index) => {
      const place = { name, x, y, w: widths[index], word: "" };
      x += widths[index] + MARK_GAP;
      return place;
    });
    return { x: width - cut, y: y + 14.5, bottom: below - 8, places, more: 0, cut };
  }
}
