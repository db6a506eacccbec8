/** The rows that are folded into one: what they hold together, how fast it grows, and what is wrong with them. Pure. */

import { isShort } from "./cluster.js";
import { gettext, interpolate, number } from "./i18n.js";
import { lagIn } from "./lag.js";
import { edgeOf } from "./levels.js";
import { fit } from "./measure.js";
import { spans } from "./places.js";
import { box, label, rateText } from "./rows.js";

/**
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./layout.js").Fold} Fold
 */

const INDENT = 12;

/** @param {Fold} fold */
const partitionsOf = ({ topic, from }) => Array.from({ length: topic.partitions - from }, (_, index) => from + index);

/** What has no leader first, then where copies are missing; while nobody answers we don't know. @param {State} state @param {Fold} fold */
function troubleText(state, fold) {
  if (state.silence !== null) return "";
  const copiesOf = (/** @type {number} */ partition) => state.copies[`${fold.topic.name}/${partition}`];
  const leaderless = partitionsOf(fold).filter((partition) => copiesOf(partition)?.leader === null);
  if (leaderless.length > 0) return interpolate(gettext("✕ no leader: %(places)s"), { places: spans(leaderless).join(" ") });
  const short = partitionsOf(fold).filter((partition) => copiesOf(partition) && isShort(copiesOf(partition)));
  if (short.length === 0) return "";
  const { inSync, replicas } = short.map(copiesOf).reduce((worst, one) => (one.inSync.length < worst.inSync.length ? one : worst));
  return interpolate(gettext("%(n)s of %(all)s in sync"), { n: number(inSync.length), all: number(replicas.length) });
}

/** In two lines, what is wrong first in the second. @param {State} state @param {import("./types.js").Group[]} groups @param {Fold} fold @param {import("./rows.js").Flows} flows @returns {{records: string, more: string, isWrong: boolean}} */
export function foldWords(state, groups, fold, flows) {
  const topic = fold.topic.name;
  const partitions = partitionsOf(fold);
  const endOf = (/** @type {number} */ partition) => state.parts[`${topic}/${partition}`]?.end ?? 0;
  const sum = (/** @type {(partition: number) => number} */ of) => partitions.reduce((total, partition) => total + of(partition), 0);
  const lags = groups.map(({ name }) => sum((partition) => lagIn(state.lanes[`${name}/${topic}/${partition}`], endOf(partition)) ?? 0));
  const rate = sum((partition) => flows.get(edgeOf("ack", { topic, partition })) ?? 0);
  const values = { n: number(partitions.length), records: number(sum(endOf)), lag: number(Math.max(0, ...lags)) };
  const records = interpolate(gettext("+ %(n)s more: %(records)s records"), values);
  const trouble = troubleText(state, fold);
  const lag = interpolate(gettext("lag up to %(lag)s"), values);
  return {
    records: rate > 0 ? `${records} · ${rateText(rate)}` : records,
    more: [trouble, lag].filter(Boolean).join(" · "),
    isWrong: trouble !== "",
  };
}

/** @param {State} state @param {import("./types.js").Group[]} groups @param {Fold} fold @param {import("./rows.js").Flows} flows @returns {Item[]} */
export function foldItems(state, groups, fold, flows) {
  const { name } = fold.topic;
  const { records, more, isWrong } = foldWords(state, groups, fold, flows);
  const width = fold.w - 4 * INDENT;
  return [
    box(`fold-${name}`, fold, "track"),
    label(`fold-${name}-records`, fold.x + INDENT, fold.y + 20, fit(records, width, 12.5), "muted"),
    label(`fold-${name}-sign`, fold.x + fold.w - INDENT, fold.y + 29, "▾", "muted", { anchor: "end" }),
    label(`fold-${name}-more`, fold.x + INDENT, fold.y + 38, fit(more, width, 12.5), isWrong ? "alarm" : "muted"),
  ];
}
