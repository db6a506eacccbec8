/** The members of each group and the brokers at the playhead as small tables: what the picture says of them, for reading. */

import { brokerState, serverText } from "./brokers.js";
import { brokerMark, brokerNames, ledBy } from "./cluster.js";
import { gettext, interpolate, number } from "./i18n.js";
import { idleWord, membersOf, readLines, rebalancing, unreadText } from "./readers.js";
import { usedPart, usedState } from "./used.js";

/**
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Topology} Topology
 * @typedef {import("./types.js").Group} Group
 * @typedef {(string | null)[]} Row null: not known
 */

/** Columns of the members' table that are there once something is known. */
const COORDINATOR = 3;
const STOOD_STILL = 4;

/** How long its partitions had no reader when they were shared out last: not known while they are. @param {State} state @param {string} group */
function stillText(state, group) {
  const ms = state.handovers[group]?.ms;
  return ms === undefined || rebalancing(state, group, state.time) !== undefined
    ? null
    : interpolate(gettext("%(n)s s"), { n: number(ms / 1000, 2) });
}

/** @param {Topology} topology @param {State} state @param {Group} group @returns {Row[]} */
function rowsOf(topology, state, group) {
  const of = [serverText(state, state.coordinators[group.name]), stillText(state, group.name)];
  const rows = membersOf(state, group.name).map(([id, member]) => {
    const reads = readLines(group, member).join(", ") || idleWord(topology, state, member);
    return [group.name, id, member.open ? `${reads} ${gettext("⟨ open")}` : reads, ...of];
  });
  return rows.length > 0 ? rows : [[group.name, null, unreadText(topology, state, group) || null, ...of]];
}

/** @param {Topology} topology as far as it is shown @param {State} state @returns {Row[]} */
export const memberRows = (topology, state) => topology.groups.flatMap((group) => rowsOf(topology, state, group));

/** @param {State} state @returns {Row[]} */
export function brokerRows(state) {
  const leads = (/** @type {string} */ name) =>
    state.silence !== null || Object.keys(state.copies).length === 0 ? null : number(ledBy(state, name));
  return brokerNames(state).map((name) => [brokerMark(name), brokerState(state, name), leads(name)]);
}

export class Rosters {
  /** @param {HTMLElement} place with both tables @param {Topology} topology */
  constructor(place, topology) {
    this.members = place.querySelector("[data-roster-members]");
    this.brokers = place.querySelector("[data-roster-brokers]");
    this.topology = topology;
    this.drawn = "";
    /** What a lesson has introduced; without one, everything. */
    this.shown = /** @type {Set<string> | undefined} */ (undefined);
  }

  /** @param {State} whole */
  draw(whole) {
    const state = usedState(whole, this.shown);
    const members = memberRows(usedPart(this.topology, state, this.shown), state);
    const brokers = brokerRows(state);
    const drawn = JSON.stringify([members, brokers]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    fill(this.members, members);
    fill(this.brokers, brokers);
    for (const column of [COORDINATOR, STOOD_STILL])
      reveal(
        this.members,
        column,
        members.some((row) => row[column] !== null),
      );
  }
}

/** @param {Element | null} table @param {Row[]} rows */
function fill(table, rows) {
  if (!(table instanceof HTMLTableElement)) return;
  table.hidden = rows.length === 0;
  table.tBodies[0].replaceChildren(...rows.map(rowNode));
}

/** @param {Row} row */
function rowNode(row) {
  const node = document.createElement("tr");
  row.forEach((text, index) => {
    const cell = document.createElement(index === 0 ? "th" : "td");
    if (cell.tagName === "TH") cell.scope = "row";
    cell.textContent = text ?? "–";
    node.append(cell);
  });
  return node;
}

/** @param {Element | null} table @param {number} column @param {boolean} isKnown */
function reveal(table, column, isKnown) {
  if (!(table instanceof HTMLTableElement)) return;
  for (const { cells } of table.rows) cells[column].hidden = !isKnown;
}
