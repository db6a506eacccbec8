/** What no hop may do to the marks of the picture, whoever made it. */

import { HopLog } from "../../static/js/room/log.js";
import { positionIn, reduce, reduceAll } from "../../static/js/room/reducer.js";

const partOf = (state, lane) => state.parts[lane.slice(lane.indexOf("/") + 1)] ?? { end: 0 };

/** @returns {string[]} what of a group's marks can't be so */
function ofLanes(state) {
  return Object.entries(state.lanes).flatMap(([id, { committed }]) => {
    const position = positionIn(state, id);
    const { end, start = 0 } = partOf(state, id);
    const wrong = [];
    if ((committed ?? 0) > end) wrong.push(`${id}: committed ${committed} beyond the end ${end}`);
    if ((position ?? 0) > end) wrong.push(`${id}: position ${position} beyond the end ${end}`);
    if (position !== null && (committed ?? 0) > position) wrong.push(`${id}: committed ${committed} beyond the position ${position}`);
    if (start > end) wrong.push(`${id}: begins at ${start}, behind its end ${end}`);
    return wrong;
  });
}

/** A bookmark goes back only when somebody has it read on from elsewhere. */
function backwards(before, after, hop) {
  if (hop.type === "seek") return [];
  return Object.entries(after.lanes).flatMap(([id, { committed }]) => {
    const was = before.lanes[id]?.committed ?? null;
    return was !== null && (committed === null || committed < was) ? [`${id}: the bookmark went from ${was} to ${committed}`] : [];
  });
}

/** In the order in which the page takes them: causes first. @param {any[]} frames as a viewer got them */
function spells(frames) {
  const logs = [new HopLog()];
  for (const frame of frames) {
    if (frame.type === "backlog") {
      logs.at(-1).release();
      logs.push(new HopLog());
      logs.at(-1).reset({ ...reduceAll(frame.hops), seq: frame.seq });
    } else logs.at(-1).add(frame.hops);
  }
  logs.at(-1).release();
  return logs.map((log) => ({ state: log.checkpoints[0].state, hops: log.between(log.first, log.end) }));
}

/** @param {any[]} frames as a viewer got them @returns {string[]} each with the hop after which it was so */
export function violations(frames) {
  return spells(frames).flatMap(({ state: begun, hops }) => {
    let state = begun;
    return hops.flatMap((hop) => {
      const before = state;
      state = reduce(before, hop);
      return [...backwards(before, state, hop), ...ofLanes(state)].map((wrong) => `${hop.seq} ${hop.type} at ${hop.time}: ${wrong}`);
    });
  });
}
