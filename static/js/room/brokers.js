/** The brokers in the picture: where their marks stand, what they look like, and who leads each row. Pure. */

import { brokerMark, brokerNames, isDown, isShort, ledBy } from "./cluster.js";
import { USUAL } from "./evidence.js";
import { gettext, interpolate, number } from "./i18n.js";
import { textWidth } from "./measure.js";

/**
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./layout.js").Layout} Layout
 * @typedef {import("./layout.js").RowPlace} RowPlace
 * @typedef {{name: string, x: number, y: number, w: number, word: string}} BrokerPlace
 * @typedef {{x: number, y: number, bottom: number, places: BrokerPlace[], more: number, cut?: number}} BrokerPlaces cut: of the line of a name
 */

const MOST = 6;
const HEIGHT = 20;
const STEP = 28;
const WORD = 12.5;
const SMALL = 10.5;
const SMALL_HEIGHT = 15;
const SPINE = 5;

/** @param {State} state @param {string} name @returns {"up" | "down" | "unknown"} */
function conditionOf(state, name) {
  if (state.silence !== null) return "unknown";
  return isDown(state, name) ? "down" : "up";
}

/** @param {State} state @param {string} name milliseconds that its answers are made to take longer */
const delayOf = (state, name) => state.brokers[name]?.delay ?? 0;

/** What is out of the ordinary. @param {State} state @param {string} name */
function troubleOf(state, name) {
  const words = { down: gettext("✕ down"), unknown: gettext("no answer"), up: "" };
  const delay = delayOf(state, name);
  const slower = delay > 0 ? interpolate(gettext("%(n)s ms slower"), { n: number(delay) }) : "";
  return words[conditionOf(state, name)] || slower;
}

/** @param {State} state @param {string} name */
export const brokerState = (state, name) => troubleOf(state, name) || gettext("up");

/** Who leads or coordinates, in words; null where that is not known. @param {State} state @param {string | null | undefined} name */
export function serverText(state, name) {
  if (name === undefined) return null;
  if (name === null) return gettext("none");
  return isDown(state, name) ? interpolate(gettext("%(name)s, down"), { name: brokerMark(name) }) : brokerMark(name);
}

/** @param {State} state @param {string} name */
function wordOf(state, name) {
  const trouble = troubleOf(state, name);
  if (trouble) return trouble;
  if (Object.keys(state.copies).length === 0) return "";
  return interpolate(gettext("leads %(n)s"), { n: number(ledBy(state, name)) });
}

/** Under the producer, one below the other. @param {State} state @param {string[]} names @param {Layout} layout @returns {BrokerPlaces} */
function inColumn(state, names, { below }) {
  const y = below + 44;
  const w = Math.max(...names.map((name) => markWidth(name, 12)));
  const places = names.map((name, index) => ({ name, x: 0, y: y + index * STEP, w, word: wordOf(state, name) }));
  return { x: 0, y: y - 14, bottom: y + names.length * STEP + 6, places, more: 0 };
}

/** @param {State} state */
const lineTitle = (state) => (state.silence === null ? gettext("Brokers") : gettext("Brokers: no answer"));

/** In a line that breaks; who is up needs no word, and one word is enough when nobody answers. @param {State} state @param {string[]} names @param {Layout} layout @returns {BrokerPlaces} */
function inLine(state, names, { producer, width }) {
  const top = producer.h + 12;
  const start = textWidth(lineTitle(state), WORD) + 10;
  const places = /** @type {BrokerPlace[]} */ ([]);
  let [x, y] = [start, top];
  for (const name of names) {
    const isOdd = conditionOf(state, name) === "down" || delayOf(state, name) > 0;
    const word = isOdd ? wordOf(state, name) : "";
    const w = markWidth(name, 12);
    const room = w + (word ? textWidth(word, WORD) + 8 : 0);
    if (x > start && x + room > width) [x, y] = [start, y + STEP];
    places.push({ name, x, y, w, word });
    x += room + 20;
  }
  return { x: 0, y: top + 14, bottom: y + HEIGHT, places, more: 0 };
}

/** @param {State} state @param {Layout} layout @returns {BrokerPlaces | null} */
export function placeBrokers(state, layout) {
  const names = brokerNames(state);
  if (names.length === 0) return null;
  const shown = names.slice(0, MOST);
  const narrow = layout.mode === "narrow";
  // What is out of the ordinary is said in words, for which there is no room in a line of others'.
  const isUsual = shown.every((name) => conditionOf(state, name) !== "down" && delayOf(state, name) === 0);
  const found =
    (narrow && isUsual && layout.compact?.brokersOf(shown, layout, state.silence === null ? "" : lineTitle(state))) ||
    (narrow ? inLine : inColumn)(state, shown, layout);
  return { ...found, more: names.length - shown.length };
}

/** @param {string} name @param {number} size */
const markWidth = (name, size) => Math.ceil(textWidth(brokerMark(name), size) + 0.9 * size);

/** @param {State} state @param {Layout} layout @returns {Item[]} */
export function brokerItems(state, layout) {
  const { brokers, mode } = layout;
  if (!brokers) return [];
  const narrow = mode === "narrow";
  const more = brokers.more > 0 ? ` ${interpolate(gettext("+%(n)s more"), { n: number(brokers.more) })}` : "";
  const title = brokers.cut && state.silence === null ? "" : narrow ? lineTitle(state) : gettext("Brokers") + more;
  return [
    { id: "brokers-title", kind: "text", x: brokers.x, y: brokers.y, text: title, tone: narrow ? "muted" : "title" },
    ...brokers.places.flatMap((place) => brokerItem(state, place)),
  ];
}

/** @param {State} state @param {BrokerPlace} place @returns {Item[]} */
function brokerItem(state, { name, x, y, w, word }) {
  const tone = conditionOf(state, name);
  const mark = { id: `broker-${name}`, kind: "broker", x, y, w, h: HEIGHT, text: brokerMark(name), tone };
  if (!word) return [mark];
  return [
    mark,
    { id: `broker-word-${name}`, kind: "text", x: x + w + 8, y: y + 14.5, text: word, tone: tone === "up" ? "muted" : "alarm" },
  ];
}

/** The name of a row, and below it the broker that leads it, which is the row's spine: it goes with its broker. @param {State} state @param {RowPlace} row @param {Layout} layout @returns {Item[]} */
export function rowName(state, row, { sizes }) {
  const id = `${row.topic}/${row.partition}`;
  const x = row.x - sizes.label;
  const middle = row.y + sizes.cell / 2;
  const name = { id: `name-${id}`, kind: "text", x, text: `P${row.partition}`, tone: "name" };
  const leader = state.copies[id]?.leader;
  if (leader === undefined) return [{ ...name, y: middle + 5 }];
  const isLed = leader !== null && conditionOf(state, leader) === "up";
  const spine = { kind: "spine", x: row.x - SPINE, y: row.y, w: SPINE, h: sizes.cell, tone: isLed ? "" : "lost" };
  const lost = { id: `lost-${id}`, kind: "hatch", x: row.x, y: row.y, w: row.slots * sizes.cell, h: sizes.cell };
  return [
    { ...name, y: middle - 2 },
    { ...smallMark(state, leader, state.copies[id].by), id: `leader-${id}`, x: x - 1, y: middle + 2.5 },
    { ...spine, id: `spine-${id}-${isLed ? leader : "lost"}` },
    ...(isLed || state.silence !== null ? [] : [lost]),
  ];
}

/** Who serves something; nobody is an empty mark that is crossed out. @param {State} state @param {string | null} name @param {string} [by] how that is known @returns {Item} */
function smallMark(state, name, by = "") {
  const text = name === null ? "" : brokerMark(name);
  const w = name === null ? 19 : markWidth(name, SMALL);
  const tone = name === null ? "down" : conditionOf(state, name);
  return { id: "", kind: "broker", x: 0, y: 0, w, h: SMALL_HEIGHT, text, tone: `small ${tone} ${by}` };
}

/** On the frame of a group's box the broker that coordinates it, as far as that is known. @param {State} state @param {string} group @param {number} right @param {number} top @returns {Item[]} */
export function coordinatorMark(state, group, right, top) {
  const name = state.coordinators[group];
  if (name === undefined) return [];
  const mark = smallMark(state, name, USUAL.coordinator);
  return [{ ...mark, id: `coordinator-${group}`, x: right - (mark.w ?? 0), y: top - SMALL_HEIGHT / 2 }];
}

/** What is wrong with a row's copies, in words at its end; while nobody answers we don't know. @param {State} state @param {RowPlace} row @param {Layout} layout @returns {Item[]} */
export function rowTrouble(state, row, { sizes }) {
  const id = `${row.topic}/${row.partition}`;
  const copies = state.copies[id];
  if (!copies || state.silence !== null || (copies.leader !== null && !isShort(copies))) return [];
  const values = { n: number(copies.inSync.length), all: number(copies.replicas.length) };
  const text = copies.leader === null ? gettext("✕ no leader") : interpolate(gettext("%(n)s of %(all)s in sync"), values);
  return [{ id: `copies-${id}`, kind: "text", x: row.x + row.slots * sizes.cell + 10, y: row.y + sizes.cell / 2 + 4, text, tone: "alarm" }];
}
