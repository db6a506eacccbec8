/** The hops as text, newest first: the equal of the picture. The list is not live; one status line speaks now and then. */

import { focusOn } from "./framed.js";
import { glyph, wear } from "./keys.js";
import { part } from "./page.js";
import { isBeginning } from "./reducer.js";
import { digest, sentence, tallyHop } from "./sentences.js";
import { together } from "./together.js";
import { isYours } from "./yours.js";

/**
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./sentences.js").Tally} Tally
 */

const MOST_LINES = 200;
const LINES_AT_A_JUMP = 60;
const LINES_A_SECOND = 40;
const LINES_IN_FLOOD = 3;
const SPEAK_EVERY = 3000;
const QUIET = new Set(["lag", "ledger"]);
/** No step, or counted in a run already. @param {Hop} hop */
const isQuiet = (hop) => QUIET.has(hop.type) || hop.count === 0 || isBeginning(hop);
/** Of a flood nobody wants each of these. */
const CALM = new Set(["projection", "delete"]);
const FIRST_TO_SAY = new Set(["fail", "crash", "join", "leave", "assign", "guest"]);
/** The health line speaks of these. */
const NOT_TO_SAY = new Set(["broker_up", "broker_down", "leader", "coordinator", "isr", "retry"]);
/** In a flood of records, too: what somebody did, and what a group made of it. */
const ALWAYS_TOLD = new Set([...FIRST_TO_SAY, ...NOT_TO_SAY, "lost", "revoke", "seek", "setting"]);

/** One record, not a run of them. @param {Hop} hop */
const canBeFollowed = (hop) => hop.topic !== undefined && hop.first === undefined && (hop.trace !== undefined || hop.offset !== undefined);

export class TextLog {
  /** @param {HTMLElement} list @param {HTMLElement} status @param {Map<string, number>} registry */
  constructor(list, status, registry) {
    this.list = list;
    this.status = status;
    this.registry = registry;
    this.window = { since: 0, lines: 0, flood: false, tally: /** @type {Tally} */ (new Map()) };
    this.spokenAt = Number.NEGATIVE_INFINITY;
    this.toSay = { text: "", important: false };
    this.hops = /** @type {WeakMap<Element, Hop>} */ (new WeakMap());
    this.isFollowed = /** @type {((hop: Hop) => boolean) | undefined} */ (undefined);
    /** Time passes slower here than it did in the room. */
    this.slowed = false;
    this.shownTime = 0;
    /** What is read aloud: "all" steps, "few" (summaries and what is out of the ordinary), or "none". */
    this.aloud = "all";
    const choice = /** @type {HTMLSelectElement} */ (part("[data-log-aloud]"));
    choice.addEventListener("change", () => this.choose(choice.value));
    list.addEventListener("click", ({ target }) => this.press(target));
    list.addEventListener("keydown", (event) => this.walk(event));
  }

  /** @param {string} aloud */
  choose(aloud) {
    this.aloud = aloud;
    this.toSay = { text: "", important: false };
  }

  /** @param {EventTarget | null} target */
  press(target) {
    const line = target instanceof Element ? target.closest("li") : null;
    const hop = line && this.hops.get(line);
    if (!hop || !canBeFollowed(hop)) return;
    const { trace, topic, partition, offset, key, seq } = hop;
    this.list.dispatchEvent(new CustomEvent("follow", { bubbles: true, detail: { trace, topic, partition, offset, key, seq } }));
  }

  /** One stop for the tab key, and the arrows from line to line. @param {KeyboardEvent} event */
  walk(event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const lines = /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll("button")]);
    const at = lines.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const next = lines[event.key === "ArrowDown" ? at + 1 : Math.max(0, at - 1)];
    if (!next) return;
    event.preventDefault();
    focusOn(next);
  }

  /** @param {((hop: Hop) => boolean) | undefined} isFollowed */
  follow(isFollowed) {
    this.isFollowed = isFollowed;
    this.list.classList.toggle("following", isFollowed !== undefined);
    for (const line of this.list.children) this.dim(line, this.hops.get(line));
  }

  /** @param {Element} line @param {Hop} [hop] */
  dim(line, hop) {
    line.classList.toggle("followed", Boolean(hop && this.isFollowed?.(hop)));
  }

  /** Something turned out to be the reader's own: lines that told of it before say so now. */
  claim() {
    for (const line of this.list.children) {
      const hop = this.hops.get(line);
      if (hop && isYours(hop) && !line.classList.contains("mine")) this.keepFocus(() => line.replaceWith(this.line(hop, false)));
    }
  }

  /** The playhead is elsewhere: the lines are those before it. @param {Hop[]} hops @param {number} now */
  restate(hops, now) {
    this.window = { since: now, lines: 0, flood: false, tally: new Map() };
    this.toSay = { text: "", important: false };
    const told = hops.filter((hop) => !isQuiet(hop)).slice(-LINES_AT_A_JUMP);
    const lines = together(told).map((hop) => this.line(hop, false));
    this.keepFocus(() => this.list.replaceChildren(...lines.reverse()));
  }

  /** @param {Hop[]} hops @param {number} now */
  add(hops, now) {
    this.tick(now);
    this.shownTime = hops[hops.length - 1].time;
    const lines = together(hops.filter((hop) => this.takes(hop))).map((hop) => this.line(hop));
    this.list.prepend(...lines.reverse().slice(0, MOST_LINES));
    this.trim();
    this.speak(now);
  }

  /** Runs, and singles beyond what a reader can follow, are counted into one line a second. @param {Hop} hop */
  takes(hop) {
    if (isQuiet(hop)) return false;
    const flood = this.window.flood || this.window.tally.size > 0;
    if (flood && CALM.has(hop.type)) return false;
    const most = flood ? LINES_IN_FLOOD : LINES_A_SECOND;
    const isOne = (hop.count ?? 1) === 1 || (hop.type === "commit" && !flood);
    if (isOne && (this.window.lines < most || ALWAYS_TOLD.has(hop.type) || isYours(hop))) {
      this.window.lines += 1;
      return true;
    }
    tallyHop(this.window.tally, hop);
    return false;
  }

  /** @param {number} now */
  tick(now) {
    if (now - this.window.since < 1000) return;
    const text = digest(this.window.tally, 1, this.slowed ? this.shownTime : undefined);
    if (text) this.list.prepend(this.digestLine(text));
    this.trim();
    this.window = { since: now, lines: 0, flood: this.window.tally.size > 0, tally: new Map() };
    this.speak(now);
  }

  get isBusy() {
    return this.window.tally.size > 0 || this.toSay.text !== "";
  }

  trim() {
    if (this.list.childElementCount <= MOST_LINES) return;
    this.keepFocus(() => {
      while (this.list.childElementCount > MOST_LINES) this.list.lastElementChild?.remove();
    });
  }

  /** Who reads a line is still at it. @param {() => void} change */
  keepFocus(change) {
    const read = document.activeElement;
    const isRead = this.list.contains(read);
    change();
    if (isRead && !this.list.contains(read)) this.standIn(read)?.focus({ preventScroll: true });
  }

  /** What is in the place of a line's button that is gone: that of the same hop, else the list. @param {Element | null} button @returns {HTMLElement | undefined} */
  standIn(button) {
    const seq = button?.closest("li")?.dataset.seq;
    if (seq === undefined) return undefined;
    return /** @type {HTMLElement | null} */ (this.list.querySelector(`li[data-seq="${seq}"] button`)) ?? this.list;
  }

  /** @param {Hop} hop @param {boolean} [aloud] */
  line(hop, aloud = true) {
    const item = document.createElement("li");
    const text = sentence(hop, this.registry);
    item.append(this.stamp(hop.time), this.mark(hop), canBeFollowed(hop) ? this.button(text) : text);
    this.hops.set(item, hop);
    this.dim(item, hop);
    item.classList.toggle("mine", isYours(hop));
    for (const name of /** @type {const} */ (["type", "seq", "topic", "partition", "offset", "group", "source", "key"])) {
      if (hop[name] !== undefined && hop[name] !== null) item.dataset[name] = String(hop[name]);
    }
    if (aloud && !NOT_TO_SAY.has(hop.type)) this.consider(text, FIRST_TO_SAY.has(hop.type));
    return item;
  }

  /** @param {string} text */
  button(text) {
    const button = document.createElement("button");
    button.type = "button";
    button.tabIndex = -1;
    button.textContent = text;
    return button;
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
    wear(mark, glyph(this.registry, hop.key));
    return mark;
  }

  /** @param {string} text */
  digestLine(text) {
    const item = document.createElement("li");
    item.dataset.type = "digest";
    item.textContent = text;
    this.consider(text, this.aloud === "few");
    return item;
  }

  /** @param {string} text @param {boolean} important */
  consider(text, important) {
    if (this.aloud === "none" || (this.aloud === "few" && !important)) return;
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
