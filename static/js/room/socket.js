/** The room's websocket: finds gaps, hands frames over, and asks. */

import { Asked } from "../asked.js";
import { renewedFor } from "../renewal.js";
import { Wire } from "../wire.js";

/** @typedef {{backlog: (frame: any) => void, hops: (frame: any) => void, status: (word: import("../wire.js").Status) => void}} Listener */

const SEEN_EVERY = 1000;
/** In turns of SEEN_EVERY: so long a backlog may be under way. */
const PATIENCE = 4;
/** In turns of SEEN_EVERY: after so many in which there is nothing to say, the same is said again. Who is not there any more answers that. */
const QUIET = 15;

export class RoomSocket extends Wire {
  /** @param {string} path @param {string} token @param {Listener} listener */
  constructor(path, token, listener) {
    super(path, token, (word) => listener.status(word));
    this.listener = listener;
    this.asked = new Asked((since) => this.unanswered(since));
    this.last = -1;
    this.synced = false;
    this.waited = 0;
    this.drawn = 0;
    this.told = 0;
    this.quiet = 0;
    this.heardAt = 0;
    this.resting = false;
    this.seenTimer = 0;
  }

  open() {
    if (this.resting) return;
    super.open();
    this.seenTimer ||= setInterval(() => this.tellSeen(), SEEN_EVERY);
  }

  close() {
    clearInterval(this.seenTimer);
    super.close();
  }

  /** Nobody looks: no connection until somebody does, who then gets a backlog. */
  rest() {
    this.resting = true;
    this.waitNoMore();
    this.asked.fail();
    this.synced = false;
    this.ws?.close();
  }

  wake() {
    if (!this.resting || this.closed) return;
    this.resting = false;
    this.listener.status("connecting");
    this.open();
  }

  lost() {
    if (this.closed || this.resting) return;
    this.synced = false;
    this.asked.fail();
    super.lost();
  }

  /** @param {any} frame */
  receive(frame) {
    this.heardAt = Date.now();
    if (frame.type === "backlog") return this.takeBacklog(frame);
    if (frame.type === "hops") return this.takeHops(frame);
    this.asked.answer(frame);
  }

  /** @param {import("../wire.js").Status} word */
  end(word) {
    this.asked.fail();
    super.end(word);
  }

  /** @param {any} frame */
  takeBacklog(frame) {
    this.synced = true;
    this.last = frame.seq;
    this.begun();
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

  /** @param {number} seq */
  sawUpTo(seq) {
    this.drawn = seq;
  }

  /** Once asked for, a backlog comes; but the word may be lost, or refused: then it is asked for again. */
  tellSeen() {
    this.waited = this.synced ? 0 : this.waited + 1;
    if (this.waited >= PATIENCE) {
      this.waited = 0;
      this.resync();
    }
    const isNews = this.drawn !== this.told;
    this.quiet = isNews ? 0 : this.quiet + 1;
    if (!this.synced || (!isNews && this.quiet % QUIET !== 0)) return;
    this.told = this.drawn;
    this.send({ type: "seen", seq: this.drawn });
  }

  /** And nothing else has come since either: nobody is there. @param {number} since when it was asked */
  unanswered(since) {
    if (this.heardAt < since) this.abandon();
  }

  /** A phone's own socket gets its token elsewhere, and leaves it with the page. @returns {Promise<string>} */
  async renewed() {
    const known = document.body.dataset.token ?? "";
    return known === this.token ? renewedFor(this.url.pathname.split("/")[3]) : known;
  }

  /** Presses an action; the promise always resolves, with `accepted` or `refused`. @param {string} action @param {object} data @returns {Promise<any>} */
  act(action, data) {
    return this.asked.ask((ref) => {
      if (this.synced) this.send({ type: "act", action, data, ref });
      else this.asked.answer({ type: "refused", ref, code: "offline" });
    });
  }
}
