/** The hops as text, newest first: the equal of the picture. The list is not live; one status line speaks now and then. */

import { glyph } from "./keys.js";
import { digest, sentence, tallyHop } from "./sentences.js";
import { together } from "./together.js";

/**
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./sentences.js").Tally} Tally
 */

const MOST_LINES = 200;
const LINES_A_SECOND = 40;
const LINES_IN_FLOOD = 3;
const SPEAK_EVERY = 3000;
const QUIET = new Set(["lag"]);
const FIRST_TO_SAY = new Set(["fail", "crash", "join", "leave", "assign"]);
/** The health line speaks of these. */
const NOT_TO_SAY = new Set(["broker_up", "broker_down", "leader", "isr", "retry"]);
const ALWAYS_TOLD = new Set([...FIRST_TO_SAY, ...NOT_TO_SAY]);

export class TextLog {
  /** @param {HTMLElement} list @param {HTMLElement} status @param {Map<string, number>} registry */
  constructor(list, status, registry) {
    this.list = list;
    this.status = status;
    this.registry = registry;
    this.window = { since: 0, lines: 0, flood: false, tally: /** @type {Tally} */ (new Map()) };
    this.spokenAt = Number.NEGATIVE_INFINITY;
    this.toSay = { text: "", important: false };
  }

  /** @param {Hop[]} hops @param {number} now */
  add(hops, now) {
    this.tick(now);
    const lines = together(hops.filter((hop) => this.takes(hop))).map((hop) => this.line(hop));
    this.list.prepend(...lines.reverse().slice(0, MOST_LINES));
    this.trim();
    this.speak(now);
  }

  /** Runs, and singles beyond what a reader can follow, are counted into one line a second. @param {Hop} hop */
  takes(hop) {
    if (QUIET.has(hop.type) || hop.count === 0) return false;
    const flood = this.window.flood || this.window.tally.size > 0;
    if (flood && hop.type === "projection") return false;
    const most = flood ? LINES_IN_FLOOD : LINES_A_SECOND;
    if ((hop.count ?? 1) === 1 && (this.window.lines < most || ALWAYS_TOLD.has(hop.type))) {
      this.window.lines += 1;
      return true;
    }
    tallyHop(this.window.tally, hop);
    return false;
  }

  /** @param {number} now */
  tick(now) {
    if (now - this.window.since < 1000) return;
    const text = digest(this.window.tally);
    if (text) this.list.prepend(this.digestLine(text));
    this.trim();
    this.window = { since: now, lines: 0, flood: this.window.tally.size > 0, tally: new Map() };
    this.speak(now);
  }

  get isBusy() {
    return this.window.tally.size > 0 || this.toSay.text !== "";
  }

  trim() {
    while (this.list.childElementCount > MOST_LINES) this.list.lastElementChild?.remove();
  }

  /** @param {Hop} hop */
  line(hop) {
    const item = document.createElement("li");
    const text = sentence(hop, this.registry);
    item.append(this.stamp(hop.time), this.mark(hop), text);
    for (const name of /** @type {const} */ (["type", "seq", "topic", "partition", "offset", "group", "source", "key"])) {
      if (hop[name] !== undefined && hop[name] !== null) item.dataset[name] = String(hop[name]);
    }
    if (!NOT_TO_SAY.has(hop.type)) this.consider(text, FIRST_TO_SAY.has(hop.type));
    return item;
  }

  /** @param {number} time */
  stamp(time) {
    const stamp = document.createElement("time");
    stamp.textContent = `${time.toFixed(3)} s`;
    return stamp;
  }

  /** @param {Hop} hop */
  mark(hop) {
    const mark = document.createElement("span");
    mark.className = "mark";
    mark.setAttribute("aria-hidden", "true");
    if (hop.key === undefined || hop.topic === undefined) return mark;
    const { letter, tone } = glyph(this.registry, hop.key);
    mark.textContent = letter;
    mark.dataset.tone = tone;
    return mark;
  }

  /** @param {string} text */
  digestLine(text) {
    const item = document.createElement("li");
    item.dataset.type = "digest";
    item.textContent = text;
    this.consider(text, false);
    return item;
  }

  /** @param {string} text @param {boolean} important */
  consider(text, important) {
    if (this.toSay.important && !important) return;
    this.toSay = { text, important };
  }

  /** @param {number} now */
  speak(now) {
    if (!this.toSay.text || now - this.spokenAt < SPEAK_EVERY) return;
    this.status.textContent = this.toSay.text;
    this.spokenAt = now;
    this.toSay = { text: "", important: false };
  }
}
