/** Where everything stands, from the topology, the members and the width. Pure. */

/**
 * @typedef {import("./types.js").Topology} Topology
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Group} Group
 * @typedef {import("./types.js").Topic} Topic
 * @typedef {{x: number, y: number, w: number, h: number}} Box
 * @typedef {{topic: string, partition: number, x: number, y: number, slots: number, scale: number, base: number, lanes: Record<string, number>}} RowPlace
 *   scale: records for one box; base: the first offset that is drawn
 * @typedef {Box & {lines: string[], inLine: boolean}} MemberPlace inLine: name and partitions stand side by side
 * @typedef {Box & {group: Group, does: string[], sets: string[], made: string[], madeY: number, aside: string, world: Box | null}} GroupPlace aside: what it made, where that stands beside its name; sets: what is set otherwise than when the room began
 * @typedef {Box & {topic: Topic, from: number}} Fold the partitions from there on
 * @typedef {import("./brokers.js").BrokerPlaces} BrokerPlaces
 * @typedef {Record<string, number> & {columns: number}} Sizes
 * @typedef {{
 *   compact?: import("./snug.js").Snug, mode: "broad" | "wide" | "medium" | "narrow", width: number, height: number, sizes: Sizes, producer: Box, sets: string[], below: number,
 *   topics: (Box & {topic: Topic})[], rows: Record<string, RowPlace>, folds: Fold[],
 *   groups: Record<string, GroupPlace>,
 *   members: Record<string, MemberPlace>, brokers: BrokerPlaces | null,
 * }} Layout
 *   below: where the producer ends, with what is said of how it is set
 * @typedef {{scaleOf?: (topic: string) => number, compact?: import("./snug.js").Snug, unfolded?: boolean, time?: number}} Manner scaleOf: records for one box of that topic's rows;
 *   compact: in as little room as it takes, without what a group is for; time: that is shown, in seconds
 * @typedef {{topology: Topology, state: State} & Required<Omit<Manner, "compact">> & Pick<Manner, "compact">} View
 */

import { placeBrokers } from "./brokers.js";
import { totalFailed } from "./cluster.js";
import { amount, gettext, interpolate, number } from "./i18n.js";
import { textWidth, wrap } from "./measure.js";
import { membersOf, readLines, rebalancing, unreadText } from "./readers.js";
import { changeLines, changesOf } from "./setwords.js";

const COMMON = {
  head: 16,
  foot: 14,
  lane: 19,
  titleH: 28,
  over: 28,
  memberH: 28,
  line: 16,
  pad: 14,
  font: 13,
  bar: 46,
  nameH: 26,
  apart: 6,
  small: 10.5,
};
/** @type {Record<string, Sizes>} */
const SIZES = {
  broad: { ...COMMON, cell: 34, label: 32, laneLabel: 84, producer: 128, gap: 44, groups: 244, rowGap: 9, columns: 1 },
  wide: { ...COMMON, cell: 34, label: 32, laneLabel: 188, producer: 140, gap: 56, groups: 252, rowGap: 9, columns: 1 },
  medium: { ...COMMON, cell: 32, label: 30, laneLabel: 206, producer: 116, gap: 36, groups: 0, rowGap: 10, columns: 2 },
  narrow: { ...COMMON, cell: 25, label: 27, laneLabel: 104, producer: 0, gap: 0, groups: 0, rowGap: 8, columns: 1 },
};
const MOST_SLOTS = 18;
const FEWEST_SLOTS = 5;
const FREE_SLOTS = 1;
/** A topic with more rows than this has the rest folded into one. */
export const MOST_ROWS = 6;
const FOLD = 50;
/** From here on what groups write stands beside what they read. */
const BROAD = 1100;
/** Between two columns of topics. */
const COLUMN_GAP = 28;

/** @param {Topology} topology @param {number} width @returns {Layout["mode"]} */
function modeOf(topology, width) {
  if (width < 560) return "narrow";
  if (width < 900) return "medium";
  const emitted = topology.topics.filter((topic) => isEmitted(topology, topic)).length;
  return width >= BROAD && emitted > 0 && emitted < topology.topics.length ? "broad" : "wide";
}

/** Producer, topics and groups side by side. @param {Layout} layout */
export const isAbreast = ({ mode }) => mode === "wide" || mode === "broad";

/** @param {Topology} topology @param {string} topic */
const readersOf = (topology, topic) => (topology.bare ? [] : topology.groups.filter((group) => group.topics.includes(topic)));

/** @param {Topology} topology @param {Topic} topic */
export const isEmitted = (topology, { name }) => topology.groups.some((group) => group.emits?.includes(name));

/** @param {number} end @param {number} slots @param {number} scale */
const baseOf = (end, slots, scale) => Math.max(0, (Math.ceil(end / scale) - (slots - FREE_SLOTS)) * scale);

/** What stands below a row, from there on: a line for each group that reads it. @param {View} view @param {Layout} layout @param {Topic} topic @param {number} top @returns {{ys: [string, number][], height: number}} */
function lanesOf({ topology, compact }, { sizes }, { name }, top) {
  const readers = readersOf(topology, name);
  if (compact) return compact.lanesOf(readers, top, sizes);
  return { ys: readers.map((group, index) => [group.name, top + (index + 0.5) * sizes.lane]), height: readers.length * sizes.lane };
}

/** @param {View} view @param {Layout} layout @param {Topic} topic @param {number} partition @param {Box} area @returns {RowPlace} */
function placeRow(view, layout, topic, partition, area) {
  const { state, scaleOf } = view;
  const { sizes } = layout;
  const free = Math.floor((area.w - sizes.label - sizes.laneLabel) / sizes.cell);
  const slots = Math.min(MOST_SLOTS, Math.max(FEWEST_SLOTS, free));
  const y = area.y + sizes.head;
  const lanes = lanesOf(view, layout, topic, y + sizes.cell + sizes.foot).ys;
  const end = state.parts[`${topic.name}/${partition}`]?.end ?? 0;
  const scale = scaleOf(topic.name);
  const base = baseOf(end, slots, scale);
  return { topic: topic.name, partition, x: area.x + sizes.label, y, slots, scale, base, lanes: Object.fromEntries(lanes) };
}

/** @param {Topic} topic */
const shownRows = ({ partitions }) => (partitions > MOST_ROWS ? MOST_ROWS - 1 : partitions);

/** One below the other. @param {View} view @param {Layout} layout @param {Topic[]} topics @param {Box} area */
function placeTopics(view, layout, topics, area) {
  const { sizes } = layout;
  let y = area.y;
  for (const topic of topics) {
    const top = y;
    const rowH = sizes.head + sizes.cell + sizes.foot + lanesOf(view, layout, topic, 0).height + sizes.rowGap;
    const shown = view.unfolded ? topic.partitions : shownRows(topic);
    y += sizes.titleH;
    for (let partition = 0; partition < shown; partition += 1, y += rowH)
      layout.rows[`${topic.name}/${partition}`] = placeRow(view, layout, topic, partition, { ...area, y, h: rowH });
    if (shown < topic.partitions) {
      layout.folds.push({ topic, from: shown, x: area.x, y, w: area.w, h: FOLD });
      y += FOLD + sizes.rowGap;
    }
    layout.topics.push({ topic, x: area.x, y: top, w: area.w, h: y - top });
    y += sizes.pad;
  }
  return y;
}

/** @param {View} view @param {Layout} layout @param {Box} area */
function placeColumns(view, layout, area) {
  const { topology } = view;
  if (layout.mode !== "broad") return placeTopics(view, layout, topology.topics, area);
  const w = (area.w - COLUMN_GAP) / 2;
  const columns = [false, true].map((emitted) => topology.topics.filter((topic) => isEmitted(topology, topic) === emitted));
  return Math.max(
    ...columns.map((topics, index) => placeTopics(view, layout, topics, { ...area, x: area.x + index * (w + COLUMN_GAP), w })),
  );
}

const MOST_MADE = 3;
/** Lines of what is set, and their height below the producer. */
const MOST_SETS = 2;
export const SET_LINE = 15;
const FEW_MADE = 2;

/** @param {Group} group */
const showsAmounts = ({ show }) => show !== undefined && !show.steps?.length;

/** What a group made of the records, for the keys changed last. @param {State} state @param {Group} group */
function madeLines(state, group) {
  const { show } = group;
  if (!show || !showsAmounts(group)) return [];
  const entries = [...(state.projections[group.name] ?? [])].slice(-MOST_MADE).sort(([a], [b]) => a.localeCompare(b));
  const shown = entries.filter(([, value]) => typeof value?.[show.field] === "number");
  return shown.map(([key, value]) => (show.whole ? "" : `${key}: `) + amount(show, value[show.field]));
}

/** For how long the group has been sharing its partitions out, or else how long it stood still when it did so last. @param {State} state @param {Group} group @param {number} time */
function handoverLine(state, group, time) {
  const lasts = rebalancing(state, group.name, time);
  if (lasts !== undefined) return [interpolate(gettext("rebalancing %(s)s s"), { s: number(lasts, 1) })];
  const handover = state.handovers[group.name];
  if (!handover) return [];
  return [interpolate(gettext("stood still %(s)s s"), { s: number(handover.ms / 1000, 2) })];
}

/** A lesson that has not introduced bookmarks says nothing of them. @param {State} state @param {Group} group @param {Topology} topology */
const groupChanges = (state, { name }, { bare }) => changesOf(bare ? withoutCommit(state, name) : state, name);

/** @param {State} state @param {string} group @returns {State} */
const withoutCommit = (state, group) => ({ ...state, settings: { ...state.settings, [`${group}/commit`]: undefined } });

/** Below the producer's box; where that is a bar, in it. @param {State} state @param {Layout} layout @returns {Layout} */
function withProducer(state, layout) {
  const { mode, producer } = layout;
  const narrow = mode === "narrow";
  const sets = changeLines(changesOf(state), producer.w - (narrow ? 28 : 0), narrow ? 1 : MOST_SETS);
  const height = sets.length * SET_LINE;
  const below = producer.y + producer.h + height;
  return { ...layout, sets, below, producer: narrow ? { ...producer, h: producer.h + height } : producer };
}

const WORLD_H = 46;

/** @param {View} view @param {Group} group @param {Layout} layout @param {Box} area @returns {GroupPlace} */
function placeGroup({ topology, state, compact, time }, group, layout, area) {
  const { pad, memberH, line, nameH, apart } = layout.sizes;
  const snug = compact && layout.mode === "narrow";
  const world = (!snug && layout.sizes.world && group.world && layout.sizes.world) || 0;
  const inner = area.w - (world ? world + apart : 0);
  // Where it has no words of its own, what nobody reads is said as long as that is so.
  const does = wrap(compact ? unreadText(topology, state, group) : (group.does ?? ""), area.w - 2 * pad, 12.5);
  const told = world && (group.show?.whole || compact?.isStage) ? [] : madeLines(state, group).slice(compact ? -FEW_MADE : 0);
  const all = [...told, ...handoverLine(state, group, time)];
  const aside = (snug && compact.asideOf(group, all, area.w)) || "";
  const made = aside ? [] : all;
  const sets = changeLines(groupChanges(state, group, topology), area.w - 2 * pad, MOST_SETS);
  let y = area.y + pad + nameH + (does.length + sets.length) * line;
  const top = y;
  for (const [id, member] of membersOf(state, group.name)) {
    const lines = snug ? [readLines(group, member).join(", ")].filter(Boolean) : readLines(group, member);
    const inLine = compact !== undefined && !world && lines.length === 1 && textWidth(id + lines[0], 13) < inner - 3 * pad;
    const h = memberH + (inLine ? 0 : Math.max(1, lines.length) * (line - 1));
    layout.members[id] = { x: area.x + pad - 4, y, w: inner - 2 * pad + 8, h, lines, inLine };
    y += h + apart;
  }
  if (world) y = Math.max(y, top + WORLD_H + apart);
  const madeY = y + 12;
  const kept = !compact || snug || compact.isStage || !showsAmounts(group) ? 0 : group.show?.whole ? (world ? 0 : 1) : FEW_MADE;
  const lines = Math.max(made.length, kept);
  y += lines > 0 ? lines * line + 4 : 0;
  const h = y + pad - apart - area.y;
  const own = world ? { x: area.x + area.w - pad - world, y: top, w: world, h: y - apart - top } : null;
  const place = snug ? compact.worldOf(group, { ...area, h }, aside, made.length > 0 ? madeY : undefined) : own;
  return { group, x: area.x, y: area.y, w: area.w, h, does, sets, made, madeY, aside, world: place };
}

/** @param {View} view @param {Layout} layout @param {Box} area */
function placeGroups(view, layout, area) {
  const { columns, pad } = layout.sizes;
  const w = (area.w - (columns - 1) * pad) / columns;
  const bottoms = Array(columns).fill(area.y);
  view.topology.groups.forEach((group, index) => {
    const column = index % columns;
    const place = placeGroup(view, group, layout, { x: area.x + column * (w + pad), y: bottoms[column], w, h: 0 });
    layout.groups[group.name] = place;
    bottoms[column] += place.h + pad;
  });
  return Math.max(...bottoms);
}

/** What it gave up has a line of its own. @param {State} state @param {Sizes} sizes @param {number} across the whole width, or 0 @returns {Box} */
function placeProducer(state, { titleH, producer, line, bar }, across) {
  if (across) return { x: 0, y: 0, w: across, h: bar };
  return { x: 0, y: titleH, w: producer, h: 116 + (totalFailed(state) > 0 ? line : 0) };
}

/** @param {Topology} topology @param {State} state @param {number} width @param {Manner} [manner] @returns {Layout} */
export function layOut(topology, state, width, { scaleOf = () => 1, compact, unfolded = false, time = state.time } = {}) {
  const view = { topology, state, scaleOf, compact, unfolded, time };
  const mode = compact ? compact.modeOf(topology, width) : modeOf(topology, width);
  const sizes = compact ? compact.sizesOf(mode) : SIZES[mode];
  const narrow = mode === "narrow";
  const producer = placeProducer(state, sizes, narrow ? width : 0);
  const places = { topics: [], rows: {}, folds: [], groups: {}, members: {}, brokers: null };
  const layout = withProducer(state, { compact, mode, width, height: 0, sizes, producer, sets: [], below: 0, ...places });
  layout.brokers = placeBrokers(state, layout);
  const x = sizes.producer + sizes.gap;
  const side = isAbreast(layout) ? sizes.groups + 40 : 0;
  const top = narrow ? (layout.brokers?.bottom ?? layout.below) + 16 : 0;
  const below = narrow ? 0 : layout.below + sizes.pad;
  const bottom = Math.max(below, placeColumns(view, layout, { x, y: top, w: width - x - side, h: 0 }));
  const groupArea = isAbreast(layout)
    ? { x: width - sizes.groups, y: sizes.over, w: sizes.groups, h: 0 }
    : { x: 0, y: bottom + sizes.over, w: width, h: 0 };
  const groupsBottom = placeGroups(view, layout, groupArea);
  layout.height = Math.ceil(Math.max(bottom, layout.brokers?.bottom ?? 0, groupsBottom));
  return layout;
}
