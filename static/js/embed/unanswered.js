/** A room whose socket is never answered, as behind a proxy that lets none through: a saved run takes its place, marked as such. */

import { part } from "../room/page.js";
import { fetchRun } from "./saved.js";

const PATIENCE = 10_000;
const run = fetchRun(part("[data-run]").dataset.saved ?? "", { priority: "low" });

/** @typedef {HTMLElement & {socket?: import("../room/socket.js").RoomSocket}} Diagram */

async function showInstead() {
  const { socket } = /** @type {Diagram} */ (part("[data-of-room] kafka-diagram"));
  const text = await run;
  if (socket?.everLive || !text) return;
  const { show } = await import("../room/tracepage.js");
  part("[data-of-room]").remove();
  part("[data-instead]").hidden = false;
  await show(Promise.resolve(text));
}

setTimeout(showInstead, PATIENCE);
