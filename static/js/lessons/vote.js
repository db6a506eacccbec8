/** A lesson's question put to a class: the phones vote, and are told what was observed. */

import { part } from "../room/page.js";

/** @typedef {import("./course.js").Course} Course */

export class Vote {
  /** @param {string} path of the host's panel @param {string} token */
  constructor(path, token) {
    this.path = path;
    this.token = token;
    /** The step whose question is out. */
    this.asked = -1;
  }

  /** @param {[string, string][]} fields */
  async send(fields) {
    const headers = { "X-Room-Token": this.token };
    await fetch(this.path, { method: "POST", headers, body: new URLSearchParams(fields) });
  }

  /** @param {Course} course */
  ask({ step, turn, index }) {
    if (!step.predict || !turn) return;
    this.asked = index;
    const options = turn.options.flatMap(
      ({ value, words }) =>
        /** @type {[string, string][]} */ ([
          ["value", value],
          ["words", words],
        ]),
    );
    void this.send([["change", "pose"], ["text", step.predict.ask], ...options]);
  }

  /** Nobody votes any more who could know already. */
  close() {
    if (this.asked >= 0) void this.send([["change", "close"]]);
  }

  /** @param {Course} course */
  tell({ turn, index }) {
    if (this.asked !== index || !turn?.observed) return;
    const { value, words } = turn.observed;
    void this.send([
      ["change", "answered"],
      ["value", value],
      ["seen", `◆ ${words}`],
    ]);
  }

  /** @param {Course} course */
  leave({ index }) {
    if (this.asked < 0 || this.asked === index) return;
    this.asked = -1;
    void this.send([["change", "put-away"]]);
  }

  /** @param {Course} course */
  draw({ step, turn, index }) {
    part("[data-vote-line]").hidden = !step.predict || step.lack !== null || turn?.met === true || this.asked === index;
  }
}
