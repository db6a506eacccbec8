/** Every setting in force at the playhead, of each producer and each group: those of its client, and those that are ours. */

import { PRODUCER } from "./reducer.js";
import { isUsedGroup } from "./used.js";

/**
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Topology} Topology
 * @typedef {{name: string, value: unknown, isChanged: boolean}} Line isChanged: since the room began
 */

/** What is chosen of a client and is none of its own settings. */
const OURS = ["keys", "commit", "static", "work", "paused", "answer", "repeats", "poison"];

/** @param {State} state @param {string} name @returns {Line[]} */
export function linesOf(state, name) {
  const { settings = {}, choices = {} } = state.began[name] ?? {};
  const isKnown = state.began[name] !== undefined;
  const own = Object.entries(state.clients[name]).map(([setting, value]) => ({
    name: setting,
    value,
    isChanged: isKnown && settings[setting] !== value,
  }));
  const prefix = name === PRODUCER ? "" : `${name}/`;
  const ours = OURS.filter((choice) => choices[choice] !== undefined).map((choice) => {
    const value = state.settings[prefix + choice] ?? choices[choice];
    return { name: choice, value, isChanged: value !== choices[choice] };
  });
  return [...own, ...ours];
}

/** Groups that nobody uses are left out, as they are of the picture. @param {State} state @param {Topology} topology @param {Set<string>} [shown] */
export function clientsShown(state, { groups }, shown) {
  const hidden = groups.filter((group) => !isUsedGroup(state, group) || shown?.has(group.name) === false);
  const names = new Set(hidden.map(({ name }) => name));
  return Object.keys(state.clients).filter((name) => !names.has(name));
}

export class SettingsPanel {
  /** @param {HTMLElement} list @param {Topology} topology */
  constructor(list, topology) {
    this.list = list;
    this.topology = topology;
    this.drawn = /** @type {State | undefined} */ (undefined);
    this.drawnNames = "";
    /** What a lesson has introduced; without one, everything. */
    this.shown = /** @type {Set<string> | undefined} */ (undefined);
  }

  /** @param {State} state */
  draw(state) {
    const names = clientsShown(state, this.topology, this.shown);
    const isSame = state.clients === this.drawn?.clients && state.settings === this.drawn.settings;
    if (isSame && names.join() === this.drawnNames) return;
    this.drawn = state;
    this.drawnNames = names.join();
    this.list.replaceChildren(...names.flatMap((name) => entry(name, linesOf(state, name))));
  }
}

/** @param {string} name @param {Line[]} lines */
function entry(name, lines) {
  const term = document.createElement("dt");
  term.textContent = name;
  const detail = document.createElement("dd");
  detail.dataset.settingsOf = name;
  detail.append(...lines.map(lineNode));
  return [term, detail];
}

/** @param {Line} line */
function lineNode({ name, value, isChanged }) {
  const row = document.createElement("div");
  const text = document.createElement(isChanged ? "strong" : "span");
  text.textContent = `${name} = ${value}`;
  row.append(text);
  return row;
}
