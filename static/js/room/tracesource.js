/** A saved run in the place of the room's websocket: hands all its frames over at once, and takes nothing. */

/** @typedef {import("./socket.js").Listener} Listener */

export class TraceSource {
  /** @param {import("./trace.js").Trace} trace @param {Listener} listener */
  constructor(trace, listener) {
    this.trace = trace;
    this.listener = listener;
  }

  open() {
    for (const frame of this.trace.frames) {
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
