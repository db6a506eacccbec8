/** The socket of a class: what everybody is told, what this phone is told, and what it asks. */

import { Asked } from "../asked.js";
import { Wire } from "../wire.js";

/**
 * @typedef {{value: string, title: string, votes?: number}} Option
 * @typedef {{text: string, options: Option[], open: boolean, votes: number, running: boolean, answers: string[], seen: string}} Question
 * @typedef {{type: "class", here: number, door: string, paused: boolean, own_names: boolean, volunteers: boolean, question: Question | null}} ClassState
 * @typedef {{topic: string, partition: number, offset: number, key: string, steps: {title: string, icon: string, by: string, did: string}[], gone: boolean}} OwnRecord
 * @typedef {{group: string, name: string, by_hand: boolean, there: boolean, reads: [string, number][], hand: {topic: string, partition: number, offset: number, did: string} | null}} OwnMember
 * @typedef {{type: "you", name: string, key: string, sent: number, card: any, record: OwnRecord | null, member: OwnMember | null, vote: string | null}} You
 * @typedef {{state: (state: ClassState) => void, you: (you: You) => void, refused: (message: string) => void, status: (word: import("../wire.js").Status) => void, renewed?: () => Promise<string>, sentOut?: (message: string) => void}} Listener
 */

/** Hidden for longer, a phone has slept, and what it has open leads nowhere: the server gave it up. */
const SLEPT = 40000;

export class ClassSocket extends Wire {
  /** @param {string} code @param {string} token @param {Listener} listener */
  constructor(code, token, listener) {
    super(`/ws/classes/${code}/?lang=${document.documentElement.lang}`, token, (word) => listener.status(word));
    this.listener = listener;
    this.asked = new Asked(() => this.abandon());
    this.hiddenAt = 0;
  }

  /** The promise always resolves, with `accepted` or `refused`; who gets no answer connects anew. @param {string} action @returns {Promise<any>} */
  act(action) {
    return this.ask({ type: "act", action });
  }

  /** As `act`; what comes is `you`, or `refused`. @param {string} name @returns {Promise<any>} */
  rename(name) {
    return this.ask({ type: "name", name });
  }

  /** @param {object} message @returns {Promise<any>} */
  ask(message) {
    return this.asked.ask((ref) => {
      if (!this.send({ ...message, ref })) this.asked.answer({ type: "refused", ref, code: "offline" });
    });
  }

  /** @param {boolean} visible */
  seen(visible) {
    const now = Date.now();
    if (!visible) this.hiddenAt = now;
    else if (this.hiddenAt && now - this.hiddenAt > SLEPT) this.abandon();
    super.seen(visible);
  }

  lost() {
    if (!this.closed) this.asked.fail();
    super.lost();
  }

  /** @param {import("../wire.js").Status} word */
  end(word) {
    this.asked.fail();
    super.end(word);
  }

  renewed() {
    return this.listener.renewed?.() ?? super.renewed();
  }

  /** @param {any} message */
  receive(message) {
    if (message.type === "class") {
      this.begun();
      this.listener.state(message);
      return;
    }
    if (message.code === "sent-out") this.listener.sentOut?.(message.message);
    if (message.type === "you") this.listener.you(message);
    if (this.asked.answer(message)) return;
    if (message.type === "refused") this.listener.refused(message.message);
  }
}
