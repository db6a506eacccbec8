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
 * @typedef {Box & {group: Group, does: string[], made: string[], madeY: number}} GroupPlace
 * @typedef {Box & {topic: Topic, from: number}} Fold the partitions from there on
 * @typedef {import("./brokers.js").BrokerPlaces} BrokerPlaces
 * @typedef {Record<string, number> & {columns: number}} Sizes
 * @typedef {{
 *   mode: "broad" | "wide" | "medium" | "narrow", width: number, height: number, sizes: Sizes, producer: Box,
 *   topics: (Box & {topic: Topic})[], rows: Record<string, RowPlace>, folds: Fold[],
 *   groups: Record<string, GroupPlace>,
 *   members: Record<string, MemberPlace>, brokers: BrokerPlaces | null,
 * }} Layout
 * @typedef {{scaleOf?: (topic: string) => number, compact?: boolean, unfolded?: boolean}} Manner scaleOf: records for one box of that topic's rows;
 *   compact: without what a group is for
 * @typedef {{topology: Topology, state: State} & Required<Manner>} View
 */

import { placeBrokers } from "./brokers.js";
import { amount, number } from "./i18n.js";
import { textWidth, wrap } from "./measure.js";

const COMMON = { head: 16, foot: 14, lane: 19, titleH: 28, memberH: 28, line: 16, pad: 14, font: 13 };
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
const FOLD = 34;
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
const readersOf = (topology, topic) => topology.groups.filter((group) => group.topics.includes(topic));

/** @param {Topology} topology @param {Topic} topic */
export const isEmitted = (topology, { name }) => topology.groups.some((group) => group.emits?.includes(name));

/** @param {number} end @param {number} slots @param {number} scale */
const baseOf = (end, slots, scale) => Math.max(0, (Math.ceil(end / scale) - (slots - FREE_SLOTS)) * scale);

/** @param {View} view @param {Layout} layout @param {Topic} topic @param {number} partition @param {Box} area @returns {RowPlace} */
function placeRow({ topology, state, scaleOf }, { sizes }, topic, partition, area) {
  const free = Math.floor((area.w - sizes.label - sizes.laneLabel) / sizes.cell);
  const slots = Math.min(MOST_SLOTS, Math.max(FEWEST_SLOTS, free));
  const y = area.y + sizes.head;
  const firstLane = y + sizes.cell + sizes.foot;
  const lanes = readersOf(topology, topic.name).map((group, index) => [group.name, firstLane + (index + 0.5) * sizes.lane]);
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
    const rowH = sizes.head + sizes.cell + sizes.foot + readersOf(view.topology, topic.name).length * sizes.lane + sizes.rowGap;
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

/** Map.groupBy, which phones of 2023 lack. @template T @param {T[]} items @param {(item: T) => string} keyOf @returns {Map<string, T[]>} */
export function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** @param {[string, number][]} partitions @returns {string[]} */
export function partitionLines(partitions) {
  const byTopic = groupBy(partitions, ([topic]) => topic);
  return [...byTopic].map(([topic, pairs]) => `${topic} ${pairs.map(([, partition]) => `P${partition}`).join(" ")}`);
}

const MOST_MADE = 3;
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

/** @param {State} state @param {string} group */
const membersOf = (state, group) =>
  Object.entries(state.members)
    .filter(([, member]) => member.group === group)
    .sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));

/** @param {View} view @param {Group} group @param {Layout} layout @param {Box} area @returns {GroupPlace} */
function placeGroup({ state, compact }, group, layout, area) {
  const { pad, memberH, line } = layout.sizes;
  const does = compact ? [] : wrap(group.does ?? "", area.w - 2 * pad, 12.5);
  const made = madeLines(state, group).slice(compact ? -FEW_MADE : 0);
  let y = area.y + pad + 20 + does.length * line + 6;
  for (const [id, member] of membersOf(state, group.name)) {
    const lines = partitionLines(member.partitions);
    const inLine = compact && lines.length === 1 && textWidth(id + lines[0], 13) < area.w - 3 * pad;
    const h = memberH + (inLine ? 0 : Math.max(1, lines.length) * (line - 1));
    layout.members[id] = { x: area.x + pad - 4, y, w: area.w - 2 * pad + 8, h, lines, inLine };
    y += h + 6;
  }
  const madeY = y + 12;
  const lines = compact && showsAmounts(group) ? FEW_MADE : made.length;
  y += lines > 0 ? lines * line + 4 : 0;
  return { group, x: area.x, y: area.y, w: area.w, h: y + pad - 6 - area.y, does, made, madeY };
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

/** @param {Topology} topology @param {State} state @param {number} width @param {Manner} [manner] @returns {Layout} */
export function layOut(topology, state, width, { scaleOf = () => 1, compact = false, unfolded = false } = {}) {
  const view = { topology, state, scaleOf, compact, unfolded };
  const mode = modeOf(topology, width);
  const sizes = SIZES[mode];
  const narrow = mode === "narrow";
  const producer = narrow ? { x: 0, y: 0, w: width, h: 46 } : { x: 0, y: sizes.titleH, w: sizes.producer, h: 116 };
  /** @type {Layout} */
  const layout = { mode, width, height: 0, sizes, producer, topics: [], rows: {}, folds: [], groups: {}, members: {}, brokers: null };
  layout.brokers = placeBrokers(state, layout);
  const x = sizes.producer + sizes.gap;
  const side = isAbreast(layout) ? sizes.groups + 40 : 0;
  const top = narrow ? (layout.brokers?.bottom ?? producer.h) + 16 : 0;
  const bottom = placeColumns(view, layout, { x, y: top, w: width - x - side, h: 0 });
  const groupArea = isAbreast(layout)
    ? { x: width - sizes.groups, y: sizes.titleH, w: sizes.groups, h: 0 }
    : { x: 0, y: bottom + sizes.titleH, w: width, h: 0 };
  const groupsBottom = placeGroups(view, layout, groupArea);
  layout.height = Math.ceil(Math.max(bottom, layout.brokers?.bottom ?? 0, groupsBottom));
  return layout;
}
