/** A saved run in the place of the room's websocket: hands all its frames over at once, and takes nothing. */

/**
 * @typedef {import("./socket.js").Listener} Listener
 * @typedef {import("./trace.js").Frame} Frame
 */

/** A run's clock begins at 0, whatever the room's said: one moment has one name in the player, the text and the link. @param {Frame} frame @param {number} begins @returns {Frame} */
function since({ room, ...frame }, begins) {
  const hops = frame.hops.map((hop) => ({ ...hop, time: Math.max(0, hop.time - begins) }));
  return { ...frame, hops, ...(room && { room: { ...room, now: room.now - begins } }) };
}

export class TraceSource {
  /** @param {import("./trace.js").Trace} trace @param {Listener} listener */
  constructor(trace, listener) {
    this.trace = trace;
    this.listener = listener;
  }

  open() {
    const begins = this.trace.frames[0].room.now;
    for (const one of this.trace.frames) {
      const frame = since(one, begins);
      if (frame.type === "backlog") this.listener.backlog(frame);
      else this.listener.hops(frame);
    }
    this.listener.status("recorded");
  }

  close() {}

  sawUpTo() {}

  /** @returns {Promise<any>} */
  async act() {
    return { type: "refused" };
  }
}
