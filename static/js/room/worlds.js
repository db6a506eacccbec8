/**
 * The small world in each group's box: what it has made of the records, of its projections at the playhead and of nothing else. Where
 * there is none yet, there is no world. Pure, but for the histories, which are of its own.
 */

import { DRAWINGS } from "./drawings.js";
import { number, unitOf } from "./i18n.js";
import { glyph } from "./keys.js";
import { fit, textWidth, wrap } from "./measure.js";
import { label } from "./rows.js";

/**
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./types.js").Group} Group
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./layout.js").Box} Box
 * @typedef {Map<string, any>} Made by key, in order of change
 */

/** Of so many keys all are known: a room remembers no more. */
const MOST_KEYS = 50;
const MOST_LINES = 4;
/** Values of a line. */
const MOST_VALUES = 24;
/** As high as a key's mark. */
const MARK = 11;
const W = 40;
const H = 32;
const FIGURE = 26;
/** Longer figures are smaller. */
const LONG = 7;
const WORDS = 12.5;
const LINE = 14;

/** What it is drawn with, and within it what changed last. @param {Group} group @param {any} value @param {string} id @param {number} x @param {number} y @returns {Item[]} */
function art({ world }, value, id, x, y) {
  const { drawing = "", inside = "" } = world ?? {};
  if (!Object.hasOwn(DRAWINGS, drawing)) return [];
  const { d, at } = DRAWINGS[drawing];
  const found = value?.[inside];
  // Anybody's record may hold anything: one sign fits.
  const text = at && typeof found === "string" && [...found].length <= 2 ? found : "";
  return [{ id: `${id}-art`, kind: "art", x, y, d, text, at: text ? at?.join(" ") : "" }];
}

/** @param {Group} group @param {Made} made */
export function totalOf({ show }, made) {
  const numbers = [...made.values()].map((value) => value?.[show?.field ?? ""]).filter((value) => typeof value === "number");
  return numbers.length === 0 || made.size >= MOST_KEYS ? undefined : numbers.reduce((sum, value) => sum + value, 0);
}

/** @param {Group} group @param {Made} made @param {Box} place @param {string} id @returns {Item[]} */
function total(group, made, { x, y, w, h }, id) {
  const sum = totalOf(group, made);
  if (sum === undefined) return [];
  const text = number(sum);
  const figure = label(`${id}-figure`, x + w, y + FIGURE, text, text.length > LONG ? "figure long" : "figure", { anchor: "end" });
  const unit = group.show ? unitOf(group.show, sum) : "";
  if (h < FIGURE + LINE) return [figure];
  const words = wrap(unit, w, WORDS).map((text, index) =>
    label(`${id}-unit-${index}`, x + w, y + FIGURE + 3 + LINE * (index + 1), text, "unit", { anchor: "end" }),
  );
  const hasRoom = text.length * FIGURE * 0.64 + W + 4 <= w;
  return [...(hasRoom ? art(group, [...made.values()].at(-1), id, x, y) : []), figure, ...words];
}

/** In the line of a name, where what it made may stand at its right already. @param {Group} group @param {Made} made @param {Box} place @param {string} id @returns {Item[]} */
function low(group, made, { x, y, w, h }, id) {
  const value = [...made.values()].at(-1);
  const told = group.show?.steps?.length ? fit(latestWords(group, value), w - W, WORDS) : "";
  const words = told ? [label(`${id}-word-0`, x + w, y + 15, told, "made", { anchor: "end" })] : [];
  const scale = h / H;
  const drawn = art(group, value, id, x + w - textWidth(told, 14) - W * scale - 4, y).map((item) => ({ ...item, scale }));
  return h > 0 ? [...drawn, ...words] : [];
}

/** @param {Group} group @param {any} value in words */
function latestWords({ show }, value) {
  const found = value?.[show?.field ?? ""];
  if (show?.steps?.length) return show.steps.find(([name]) => name === found)?.[1] ?? "";
  return show && typeof found === "number" ? `${number(found)} ${unitOf(show, found)}` : "";
}

/** The key with the most, of those that are of the newest stretch of time. @param {Group} group @param {Made} made @returns {[string, any] | undefined} */
function most({ show, world }, made) {
  const entries = [...made].filter(([, value]) => typeof value?.[show?.field ?? ""] === "number");
  const newest = Math.max(...entries.map(([, value]) => Number(value[world?.within ?? ""]) || 0));
  const now = entries.filter(([, value]) => (Number(value[world?.within ?? ""]) || 0) === newest);
  return now.reduce((top, one) => (top && top[1][show?.field ?? ""] >= one[1][show?.field ?? ""] ? top : one), now[0]);
}

/** One key: what it is, and what was made of it. @param {Group} group @param {[string, any] | undefined} entry @param {Box} place @param {string} id @returns {Item[]} */
function one(group, entry, { x, y, w }, id) {
  if (!entry) return [];
  const [key, value] = entry;
  const words = wrap(latestWords(group, value), w - W, WORDS).slice(0, 2);
  if (words.length === 0) return [];
  const named = label(`${id}-key`, x + w, y + 11, fit(key, w - W, WORDS), "unit", { anchor: "end" });
  const told = words.map((text, index) =>
    label(`${id}-word-${index}`, x + w, y + 12 + (index + 1) * LINE, text, "made", { anchor: "end" }),
  );
  return [...art(group, value, id, x - 6, y + 3), named, ...told];
}

/** A line a key, each ending in the key's mark; marks that would meet stand one below the other. @param {Map<string, number[]> | undefined} history @param {Box} place @param {string} id @param {Map<string, number>} registry @returns {Item[]} */
function lines(history, { x, y, w, h }, id, registry) {
  const shown = [...(history ?? [])].slice(-MOST_LINES);
  const all = shown.flatMap(([, values]) => values);
  const low = Math.min(...all);
  const span = Math.max(...all) - low || 1;
  const room = { w: w - 14, h: h - 2 * MARK };
  const apart = Math.min(MARK, room.h / Math.max(1, shown.length - 1));
  const down = (/** @type {number} */ value) => MARK + room.h * (1 - (value - low) / span);
  const across = (/** @type {number} */ before) => room.w * (1 - before / (MOST_VALUES - 1));
  let least = 0;
  const ends = shown
    .map(([key, values]) => ({ key, values, at: down(values[values.length - 1]) }))
    .sort((one, other) => one.at - other.at)
    .map((end) => {
      const at = Math.min(MARK + room.h, Math.max(end.at, least));
      least = at + apart;
      return { ...end, at };
    });
  return ends.flatMap(({ key, values, at }) => {
    const look = glyph(registry, key);
    const points = values.map((value, index) => `${Math.round(across(values.length - 1 - index))} ${Math.round(down(value))}`);
    return [
      { id: `${id}-line-${key}`, kind: "art", x, y, d: `M${points.join("L")}`, tone: `line tone-${look.tone}` },
      { id: `${id}-end-${key}`, kind: "mark", x: x + room.w + 8, y: y + at, glyph: look },
    ];
  });
}

export class Worlds {
  /** @param {import("./types.js").Topology} topology */
  constructor({ groups }) {
    this.fields = new Map(groups.filter(({ world }) => world?.kind === "line").map(({ name, show }) => [name, show?.field ?? ""]));
    /** What a group's numbers were lately, by key. */
    this.of = /** @type {Map<string, Map<string, number[]>>} */ (new Map());
  }

  /** @param {Hop} hop */
  add({ type, group = "", key, data }) {
    const field = this.fields.get(group);
    const value = data?.[field ?? ""];
    if (type !== "projection" || typeof value !== "number") return;
    const lines = this.of.get(group) ?? new Map();
    const values = lines.get(key ?? "") ?? [];
    lines.delete(key ?? "");
    this.of.set(group, lines.set(key ?? "", [...values, value].slice(-MOST_VALUES)));
    if (lines.size > MOST_KEYS) lines.delete(lines.keys().next().value);
  }

  /** @param {Hop[]} hops those before the playhead */
  restate(hops) {
    this.of.clear();
    for (const hop of hops) this.add(hop);
  }

  /** @param {import("./types.js").State} state @param {import("./layout.js").Layout} layout @param {Map<string, number>} registry @returns {Item[]} */
  items(state, layout, registry) {
    return Object.values(layout.groups).flatMap(({ group, world }) => {
      const made = state.projections[group.name];
      if (!world || !made?.size) return [];
      const id = `world-${group.name}`;
      if (world.h < FIGURE) return low(group, made, world, id);
      if (group.world?.kind === "line") return lines(this.of.get(group.name), world, id, registry);
      if (group.world?.kind === "total") return total(group, made, world, id);
      return one(group, group.world?.kind === "most" ? most(group, made) : [...made].at(-1), world, id);
    });
  }
}
