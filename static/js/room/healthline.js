/** The line beside the picture that says what is going on with the brokers. It is drawn at once and spoken seldom. */

import { emptyLine, nextLine } from "./health.js";
import { say } from "./page.js";

/** @typedef {import("./types.js").State} State */

const SPEAK_EVERY = 3000;
const MARKS = /** @type {Record<string, string>} */ ({ well: "✓", syncing: "…", waiting: "…" });

export class HealthLine {
  /** @param {HTMLElement} box @param {HTMLElement} speaker a live region */
  constructor(box, speaker) {
    this.box = box;
    this.speaker = speaker;
    this.line = emptyLine();
    this.spoken = { key: "", at: Number.NEGATIVE_INFINITY };
  }

  /** @param {State} state @param {number} now */
  draw(state, now) {
    const line = nextLine(this.line, state, now);
    if (line !== this.line) this.show(line);
    this.line = line;
    this.speak(now);
  }

  /** At another moment: what was said before was about something else. @param {State} state @param {number} now */
  restate(state, now) {
    this.line = emptyLine();
    this.show(this.line);
    this.draw(state, now);
  }

  /** @param {import("./health.js").Line} line */
  show(line) {
    this.box.hidden = line.kind === "";
    this.box.dataset.kind = line.kind;
    const mark = /** @type {HTMLElement} */ (this.box.querySelector("[data-health-mark]"));
    const text = /** @type {HTMLElement} */ (this.box.querySelector("[data-health-text]"));
    say(mark, MARKS[line.kind] ?? "✕");
    say(text, line.text);
  }

  /** Not for every count that changes: a live region that never rests hides the rest of the page. @param {number} now */
  speak(now) {
    if (this.line.key === this.spoken.key || now - this.spoken.at < SPEAK_EVERY) return;
    say(this.speaker, this.line.text);
    this.spoken = { key: this.line.key, at: now };
  }
}
