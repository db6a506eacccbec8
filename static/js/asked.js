/** What was asked and is not answered yet. Each promise always resolves: with what came, or with why nothing did. */

/** Longer than the server needs to find out that nobody there answers: else everybody leaves it at once. */
const REPLY_WAIT = 12000;
/** So much later than it should, a timer comes to a page that has slept: of what came meanwhile it knows nothing yet. */
const SLEPT = 2000;

/** @typedef {{resolve: (reply: any) => void, timer: number, since: number}} Waiting */

export class Asked {
  /** @param {(since: number) => void} silence is told when was asked what was not answered in time */
  constructor(silence) {
    this.silence = silence;
    this.waiting = /** @type {Map<string, Waiting>} */ (new Map());
    this.nextRef = 1;
  }

  /** @param {(ref: string) => void} send @returns {Promise<any>} */
  ask(send) {
    const ref = `a${this.nextRef++}`;
    return new Promise((resolve) => {
      this.waiting.set(ref, { resolve, ...this.patience(ref) });
      send(ref);
    });
  }

  /** @param {string} ref */
  patience(ref) {
    return { since: Date.now(), timer: setTimeout(() => this.late(ref), REPLY_WAIT) };
  }

  /** @param {string} ref */
  late(ref) {
    const asked = this.waiting.get(ref);
    if (asked && Date.now() - asked.since > REPLY_WAIT + SLEPT) {
      Object.assign(asked, this.patience(ref));
      return;
    }
    if (!this.answer({ type: "refused", ref, code: "timeout" })) return;
    this.silence(asked?.since ?? 0);
  }

  /** True if somebody waited for it. @param {any} reply */
  answer(reply) {
    const asked = this.waiting.get(reply.ref);
    if (!asked) return false;
    clearTimeout(asked.timer);
    this.waiting.delete(reply.ref);
    asked.resolve(reply);
    return true;
  }

  fail() {
    for (const ref of [...this.waiting.keys()]) this.answer({ type: "refused", ref, code: "offline" });
  }
}
