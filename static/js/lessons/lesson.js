/** A lesson beside a room's picture: follows what is shown, does what is pressed, and keeps the step in the address. */

import { secret } from "../class/secret.js";
import { isFramed } from "../room/framed.js";
import { gettext, interpolate } from "../room/i18n.js";
import { part } from "../room/page.js";
import { Course } from "./course.js";
import { doAll, poster } from "./doing.js";
import { marksOf } from "./marks.js";
import { LessonPanel } from "./panel.js";
import { keep } from "./progress.js";
import { Vote } from "./vote.js";
import { awaited } from "./waiting.js";

/**
 * @typedef {import("../room/types.js").Hop} Hop
 * @typedef {import("./course.js").Lesson} Lesson
 * @typedef {any} Diagram the <kafka-diagram> of the page
 */

const SECOND = 1000;
/** Links whose step is the one that is shown. */
const SAME_STEP = /** @type {NodeListOf<HTMLAnchorElement>} */ (
  document.querySelectorAll("footer.words [hreflang], footer.words [data-words], footer.whole a, [data-to-step]")
);

class LessonPlayer {
  /** @param {HTMLElement} node @param {Diagram} diagram */
  constructor(node, diagram) {
    const lesson = /** @type {Lesson} */ (JSON.parse(part("#lesson").textContent ?? "{}"));
    this.diagram = diagram;
    this.course = new Course(lesson, diagram.topology);
    const token = document.body.dataset.token ?? "";
    this.post = poster(token);
    /** Where there is a class. */
    this.vote = node.dataset.vote ? new Vote(node.dataset.vote, token) : undefined;
    /** A frame has another one whenever it is loaded. */
    this.isNewRoom = node.dataset.newRoom !== undefined;
    this.ready = false;
    this.busy = false;
    /** Where in the log the try at this step began. */
    this.from = 0;
    /** The number of the last hop that is not part of it, though it may be shown later. */
    this.past = 0;
    this.since = 0;
    this.slowed = false;
    const { signal } = new AbortController();
    this.panel = new LessonPanel(
      node,
      {
        predict: (value) => this.predict(value),
        press: () => void this.press(),
        again: () => this.again(),
        back: () => this.go(this.course.index - 1),
        next: () => this.go(this.course.index + 1),
      },
      signal,
    );
    diagram.addEventListener("played", (/** @type {CustomEvent<Hop[]>} */ { detail }) => this.ready && this.take(this.new(detail)));
    diagram.addEventListener("jumped", () => this.jumped());
    part("[data-vote-ask]").addEventListener("click", () => {
      this.vote?.ask(this.course);
      this.draw();
    });
    for (const link of node.querySelectorAll("[data-steps] a")) link.addEventListener("click", (event) => this.leap(event));
    const hosts = node.querySelector("[data-host-page]");
    if (hosts instanceof HTMLAnchorElement && secret) hosts.hash = secret;
    addEventListener("hashchange", () => this.followAddress());
    // Here it is the lesson that is read: what it waits for comes at the speed of its step.
    diagram.player.playback.reading = undefined;
    // Before the player, for which a presenter's keys are steps of its own.
    document.addEventListener("keydown", (event) => this.key(event), { capture: true });
    setInterval(() => this.draw(), SECOND);
    this.course.go(this.asked, this.state);
    this.enter();
    // The room may have been quicker than this script.
    this.jumped();
  }

  get state() {
    return this.diagram.player.playback.state;
  }

  get log() {
    return this.diagram.player.playback.log;
  }

  /** The step that the address names, from 0. What stands before it is a secret of who holds a class. */
  get asked() {
    const step = location.hash.slice(1).split("/").at(-1) ?? "";
    return /^\d{1,3}$/.test(step) ? Math.max(0, Number(step) - 1) : 0;
  }

  /** The address of a step. @param {number} step from 1 */
  hashOf(step) {
    return secret ? `#${secret}/${step}` : `#${step}`;
  }

  followAddress() {
    if (this.asked !== this.course.index) this.go(this.asked);
  }

  /** To a step by its number. @param {Event} event */
  leap(event) {
    event.preventDefault();
    const link = /** @type {HTMLAnchorElement} */ (event.currentTarget);
    this.go(Number(link.hash.slice(1)) - 1);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { key, target } = event;
    if (event.ctrlKey || event.altKey || event.metaKey || !(target instanceof Element) || target.closest("input, select, textarea")) return;
    const by = { n: 1, N: 1, PageDown: 1, b: -1, B: -1, PageUp: -1 }[key];
    // Around a frame there is a page to be scrolled.
    if (!by || !this.ready || (isFramed && key.startsWith("Page"))) return;
    event.preventDefault();
    event.stopPropagation();
    this.go(this.course.index + by);
  }

  /** @param {number} index */
  go(index) {
    if (!this.ready || index < 0 || index >= this.course.lesson.steps.length) return;
    this.atUsualSpeed();
    this.course.go(index, this.log.head);
    this.enter();
    this.panel.focus();
  }

  /** A step begins: what is in the log by now is not part of it. */
  enter() {
    const { course } = this;
    this.from = this.log.end;
    this.past = this.log.seq;
    this.since = performance.now();
    history.replaceState({ begun: this.ready }, "", this.hashOf(course.index + 1));
    for (const link of SAME_STEP) link.hash = location.hash;
    keep(course.lesson.slug, course.index + 1, course.isLast && this.ready);
    this.diagram.reveal(course.parts);
    this.panel.enter(course);
    this.vote?.leave(course);
    this.draw();
  }

  again() {
    this.course.begin(this.log.head);
    this.enter();
  }

  /** @param {string} value */
  predict(value) {
    this.course.predict(value);
    this.draw();
  }

  async press() {
    const { step } = this.course;
    if (this.busy || !this.ready) return;
    this.busy = true;
    this.since = performance.now();
    this.slowDown(step.slow);
    this.vote?.close();
    this.panel.refuse("");
    this.draw();
    const refused = await this.perform();
    this.busy = false;
    this.panel.refuse(refused);
    this.draw();
  }

  perform() {
    const act = (/** @type {string} */ action, /** @type {Record<string, string>} */ data) => this.diagram.perform(action, data);
    return doAll(this.course.step.do, act, this.post);
  }

  /** How many times slower the page around a frame wants things shown. */
  get usualSlow() {
    return Number(this.diagram.dataset.slow ?? 1);
  }

  /** @param {number} slow */
  slowDown(slow) {
    if (slow <= this.usualSlow) return;
    this.slowed = true;
    this.diagram.player.do((/** @type {any} */ playback, /** @type {number} */ now) => playback.speed(slow, now));
  }

  atUsualSpeed() {
    if (!this.slowed) return;
    this.slowed = false;
    const slow = this.usualSlow;
    this.diagram.player.do((/** @type {any} */ playback, /** @type {number} */ now) => {
      playback.goLive(now);
      if (slow > 1) playback.speed(slow, now);
    });
  }

  /** @param {Hop[]} hops */
  new(hops) {
    return hops.filter(({ seq }) => seq > this.past);
  }

  /** What has been shown. @param {Hop[]} hops */
  take(hops) {
    if (hops.length === 0 || !this.course.take(hops, this.state)) return;
    this.vote?.tell(this.course);
    this.draw();
    this.panel.showOutcome();
  }

  /** The playhead is elsewhere: the step is met if what it waits for is before that. A first time, the room has come. */
  jumped() {
    if (!this.ready && this.diagram.player.playback.incarnation >= 0) return void this.arrive();
    const { log, position } = this.diagram.player.playback;
    if (this.from > log.end) this.from = log.first;
    if (this.past > log.seq) this.past = 0;
    if (this.course.turn?.met || !this.ready) return;
    const predicted = this.course.turn?.predicted;
    this.course.begin(log.stateAt(log.within(this.from)));
    if (predicted) this.course.predict(predicted.value);
    this.take(log.between(this.from, position));
    this.draw();
  }

  /** Who comes by a link to a step, in a room where nothing has happened, gets the steps before it done first. */
  async arrive() {
    const wanted = this.asked;
    const isFresh = Object.keys(this.state.sent).length === 0 && (this.isNewRoom || !history.state?.begun);
    this.ready = true;
    if (isFresh && wanted > 0) await this.catchUp(wanted);
    this.course.go(wanted, this.log.head);
    this.enter();
    this.panel.open();
  }

  /** @param {number} wanted */
  async catchUp(wanted) {
    this.ready = false;
    const text = gettext("Preparing the room: step %(n)s of %(all)s …");
    for (let index = 0; index < wanted && !this.course.lesson.sandbox; index += 1) {
      this.course.go(index, this.log.head);
      this.from = this.log.end;
      if (!this.course.waits()) continue;
      this.panel.prepare(interpolate(text, { n: index + 1, all: wanted }));
      await this.perform();
      await this.untilMet();
    }
    this.panel.prepare("");
    this.ready = true;
  }

  /** Or until it should have been. */
  async untilMet() {
    const { step } = this.course;
    const end = performance.now() + step.patience * SECOND;
    while (!this.course.turn?.met && performance.now() < end) {
      this.take(this.log.between(this.from, this.log.end));
      this.from = this.log.end;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  draw() {
    const { course, busy } = this;
    const { turn, step } = course;
    const missing = course.waits() ? turn?.watch.missing : undefined;
    const begun = step.do.length === 0 || turn?.watch.acted || busy;
    const late = performance.now() - this.since > step.patience * SECOND;
    this.panel.draw(course, { busy: busy || !this.ready, waiting: missing && begun ? awaited(missing) : "", late });
    this.vote?.draw(course);
    this.diagram.mark(marksOf(course));
  }
}

const diagram = /** @type {Diagram} */ (document.querySelector("kafka-diagram"));
await customElements.whenDefined("kafka-diagram");
new LessonPlayer(part("[data-lesson]"), diagram);
