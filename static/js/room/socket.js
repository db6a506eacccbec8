/** The room's websocket: connects, backs off, finds gaps, and hands frames over. */

/**
 * @typedef {{backlog: (frame: any) => void, hops: (frame: any) => void, status: (word: "connecting" | "live" | "reconnecting" | "refused" | "recorded") => void}} Listener
 * @typedef {{resolve: (reply: any) => void, timer: number}} Asked
 */

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15000;
const REPLY_WAIT = 8000;
const SEEN_EVERY = 1000;
const MOST_REFUSALS = 6;

export class RoomSocket {
  /** @param {string} path @param {string} token @param {Listener} listener */
  constructor(path, token, listener) {
    this.url = new URL(path, document.URL);
    this.url.protocol = this.url.protocol === "https:" ? "wss:" : "ws:";
    this.token = token;
    this.listener = listener;
    this.asked = /** @type {Map<string, Asked>} */ (new Map());
    this.last = -1;
    this.synced = false;
    this.failures = 0;
    this.everLive = false;
    this.nextRef = 1;
    this.drawn = 0;
    this.told = 0;
    this.closed = false;
    this.seenTimer = 0;
    this.retryTimer = 0;
  }

  open() {
    this.ws = new WebSocket(this.url, ["kafkaviz.v1", this.token]);
    this.ws.onmessage = (event) => this.receive(JSON.parse(event.data));
    this.ws.onclose = () => this.lost();
    this.seenTimer ||= setInterval(() => this.tellSeen(), SEEN_EVERY);
  }

  close() {
    this.closed = true;
    clearInterval(this.seenTimer);
    clearTimeout(this.retryTimer);
    this.ws?.close();
  }

  lost() {
    if (this.closed) return;
    this.synced = false;
    this.failures += 1;
    this.failAsked();
    if (!this.everLive && this.failures >= MOST_REFUSALS) return this.listener.status("refused");
    this.listener.status("reconnecting");
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.failures - 1));
    this.retryTimer = setTimeout(() => this.open(), wait * (0.5 + Math.random() / 2));
  }

  failAsked() {
    for (const ref of [...this.asked.keys()]) this.answer({ type: "refused", ref, code: "offline" });
  }

  /** @param {any} frame */
  receive(frame) {
    if (frame.type === "backlog") return this.takeBacklog(frame);
    if (frame.type === "hops") return this.takeHops(frame);
    this.answer(frame);
  }

  /** @param {any} frame */
  takeBacklog(frame) {
    this.synced = true;
    this.everLive = true;
    this.failures = 0;
    this.last = frame.seq;
    this.listener.status("live");
    this.listener.backlog(frame);
  }

  /** @param {any} frame */
  takeHops(frame) {
    if (!this.synced || frame.hops.length === 0) return;
    if (frame.hops[0].seq !== this.last + 1) return this.resync();
    this.last = frame.seq;
    this.listener.hops(frame);
  }

  resync() {
    this.synced = false;
    this.send({ type: "resync" });
  }

  /** @param {object} message */
  send(message) {
    if (this.ws?.readyState === WebSocket.OPEN) this.ws.send(JSON.stringify(message));
  }

  /** @param {number} seq */
  sawUpTo(seq) {
    this.drawn = seq;
  }

  tellSeen() {
    if (this.drawn === this.told || !this.synced) return;
    this.told = this.drawn;
    this.send({ type: "seen", seq: this.drawn });
  }

  /** Presses an action; the promise always resolves, with `accepted` or `refused`. @param {string} action @param {object} data @returns {Promise<any>} */
  act(action, data) {
    const ref = `a${this.nextRef++}`;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.answer({ type: "refused", ref, code: "timeout" }), REPLY_WAIT);
      this.asked.set(ref, { resolve, timer });
      if (this.synced) this.send({ type: "act", action, data, ref });
      else this.answer({ type: "refused", ref, code: "offline" });
    });
  }

  /** @param {any} reply */
  answer(reply) {
    const asked = this.asked.get(reply.ref);
    if (!asked) return;
    clearTimeout(asked.timer);
    this.asked.delete(reply.ref);
    asked.resolve(reply);
  }
}
