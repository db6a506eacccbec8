/**
 * What the page's own scripts make of a room's frames. A line that comes in is {viewer: [frames]}, each viewer's as its socket would bring
 * them; a line that goes out is {viewer: what its diagram says of the brokers, and which of its marks could not be so}.
 */

import { createInterface } from "node:readline";
import { HopLog } from "../../static/js/room/log.js";
import { reduceAll } from "../../static/js/room/reducer.js";
import { violations } from "./invariants.js";

function stateOf(frames) {
  const log = new HopLog();
  for (const frame of frames) {
    if (frame.type === "backlog") log.reset({ ...reduceAll(frame.hops), seq: frame.seq });
    else log.add(frame.hops);
  }
  log.release();
  return log.head;
}

const mapped = (values, of) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, of(value)]));

function readersOf({ members }) {
  const readers = {};
  for (const [name, { partitions, group }] of Object.entries(members))
    for (const [topic, partition] of partitions) {
      readers[`${group}/${topic}/${partition}`] ??= [];
      readers[`${group}/${topic}/${partition}`].push(name);
    }
  return readers;
}

const told = (state, frames) => ({
  impossible: violations(frames),
  starts: mapped(state.parts, ({ start }) => start ?? 0),
  ends: mapped(state.parts, ({ end }) => end),
  committed: mapped(state.lanes, ({ committed }) => committed),
  readers: readersOf(state),
  leaders: mapped(state.copies, ({ leader }) => leader),
  brokers: mapped(state.brokers, ({ up }) => up),
});

createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(`${JSON.stringify(mapped(JSON.parse(line), (frames) => told(stateOf(frames), frames)))}\n`);
});
