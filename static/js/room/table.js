/** The state at the playhead as a real table: the picture's numbers, for reading and for copying. */

import { serverText } from "./brokers.js";
import { isShort } from "./cluster.js";
import { gettext, interpolate, number } from "./i18n.js";
import { lagIn } from "./lag.js";
import { positionIn } from "./reducer.js";
import { usedPart, usedState } from "./used.js";

/**
 * @typedef {import("./types.js").Topology} Topology
 * @typedef {import("./types.js").State} State
 * @typedef {{row: HTMLTableRowElement, topic: string, partition: number, group: string}} Line
 */

/** @param {HTMLTableRowElement} row @param {string} name @param {string} id */
function cell(row, name, id) {
  const node = row.insertCell();
  node.dataset[name] = id;
  return node;
}

/** @param {HTMLTableRowElement} row @param {string} text */
function heading(row, text) {
  const node = document.createElement("th");
  node.scope = "row";
  node.textContent = text;
  row.append(node);
}

/** @param {HTMLTableSectionElement} body @param {string} topic @param {number} partition @param {string} group @returns {Line} */
function makeLine(body, topic, partition, group) {
  const row = body.insertRow();
  const lane = `${group}/${topic}/${partition}`;
  heading(row, `${topic} P${partition}`);
  row.insertCell().textContent = group;
  cell(row, "totalEnd", `${topic}/${partition}`);
  cell(row, "position", lane);
  cell(row, "committed", lane);
  cell(row, "lag", lane);
  cell(row, "leader", `${topic}/${partition}`).hidden = true;
  cell(row, "inSync", `${topic}/${partition}`).hidden = true;
  cell(row, "deleted", `${topic}/${partition}`).hidden = true;
  return { row, topic, partition, group };
}

/** @param {HTMLElement} node @param {number | string | null | undefined} value */
function put(node, value) {
  const text = value == null ? "–" : typeof value === "number" ? number(value) : value;
  if (node.textContent !== text) node.textContent = text;
}

/** @param {import("./types.js").Copies | undefined} copies */
function inSyncText(copies) {
  if (!copies?.replicas.length) return null;
  return interpolate(gettext("%(n)s of %(all)s"), { n: number(copies.inSync.length), all: number(copies.replicas.length) });
}

/** Reads a topic that no group reads. */
const NOBODY = "–";
const LEADER = 6;
const IN_SYNC = 7;
const DELETED = 8;

/** @param {number} start */
const deletedText = (start) => (start > 0 ? interpolate(gettext("0…%(last)s"), { last: number(start - 1) }) : "–");

/** What none of our members set was asked for, and may have moved since. @param {import("./types.js").Lane | undefined} lane @param {number} time */
function committedText(lane, time) {
  if (lane?.sampled === undefined || lane.committed === null) return lane?.committed;
  const age = { n: number(lane.committed), s: number(Math.max(0, Math.round(time - lane.sampled))) };
  return interpolate(gettext("%(n)s, asked %(s)s s ago"), age);
}

/** Somebody may give topics others on Kafka than they had when the page was made. */
export class TopicSizes {
  /** @param {Topology} topology */
  constructor(topology) {
    this.topics = topology.topics;
  }

  /** Whether some have another by now. @param {Record<string, number>} partitions of each topic */
  take(partitions) {
    const resized = this.topics.filter((topic) => partitions[topic.name] !== topic.partitions);
    for (const topic of resized) topic.partitions = partitions[topic.name];
    return resized.length > 0;
  }
}

export class StateTable {
  /** @param {HTMLTableSectionElement} body @param {Topology} topology */
  constructor(body, topology) {
    body.replaceChildren();
    this.body = body;
    this.topology = topology;
    this.drawn = /** @type {State | undefined} */ (undefined);
    this.drawnParts = /** @type {Set<string> | undefined} */ (undefined);
    /** What a lesson has introduced; without one, everything. */
    this.shown = /** @type {Set<string> | undefined} */ (undefined);
    this.lines = topology.topics.flatMap((topic) => {
      const groups = topology.groups.filter((group) => group.topics.includes(topic.name));
      const names = groups.length > 0 ? groups.map((group) => group.name) : [NOBODY];
      const partitions = Array.from({ length: topic.partitions }, (_, index) => index);
      return partitions.flatMap((partition) => names.map((group) => makeLine(body, topic.name, partition, group)));
    });
  }

  /** @param {State} whole */
  draw(whole) {
    if (whole === this.drawn && this.shown === this.drawnParts) return;
    this.drawn = whole;
    this.drawnParts = this.shown;
    const state = usedState(whole, this.shown);
    const used = usedPart(this.topology, state, this.shown);
    const shown = new Set([NOBODY, ...used.topics.map(({ name }) => name), ...used.groups.map(({ name }) => name)]);
    for (const line of this.lines) {
      line.row.hidden = !shown.has(line.topic) || !shown.has(line.group);
      if (!line.row.hidden) this.drawLine(line, state);
    }
    const copies = Object.values(state.copies);
    if (copies.some((one) => one.leader !== undefined)) this.reveal(LEADER);
    if (copies.some((one) => isShort(one))) this.reveal(IN_SYNC);
    if (Object.values(state.parts).some(({ start }) => start)) this.reveal(DELETED);
  }

  /** A column that has come stays: rows that jump are hard to read. @param {number} column */
  reveal(column) {
    const head = this.body.parentElement?.querySelectorAll("thead th")[column];
    if (!(head instanceof HTMLElement) || !this.lines[0]?.row.cells[column].hidden) return;
    head.hidden = false;
    for (const { row } of this.lines) row.cells[column].hidden = false;
  }

  /** @param {Line} line @param {State} state */
  drawLine({ row, topic, partition, group }, state) {
    const { end, start = 0 } = state.parts[`${topic}/${partition}`] ?? { end: 0 };
    const id = `${group}/${topic}/${partition}`;
    const lane = state.lanes[id];
    const copies = state.copies[`${topic}/${partition}`];
    const values = [
      end,
      positionIn(state, id),
      committedText(lane, state.time),
      lagIn(lane, end),
      serverText(state, copies?.leader),
      inSyncText(copies),
      deletedText(start),
    ];
    values.forEach((value, index) => {
      put(row.cells[index + 2], value);
    });
  }
}
