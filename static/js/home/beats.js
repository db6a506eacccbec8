/** The home page's picture, alive: one recorded order in held beats. Each stays until its sentence can be read, and a press stops or steps. */

import { gettext } from "../room/i18n.js";

const FLIGHT = 900;
/** So long a sentence is held, in ms: a moment to find it, and what reading takes. */
const FIND = 1800;
const READ_A_LETTER = 55;
const REST_AT_THE_END = 4000;

/** @param {string | undefined} beats such as "3 5" @param {number} beat */
const has = (beats, beat) => beats?.split(" ").includes(String(beat)) ?? false;

class Beats {
  /** @param {HTMLElement} figure */
  constructor(figure) {
    this.figure = figure;
    this.sentences = [...figure.querySelectorAll("li")];
    this.marks = /** @type {SVGElement[]} */ ([...figure.querySelectorAll("svg [data-beat], svg [data-lit]")]);
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.beat = this.sentences.length;
    this.stopped = this.still.matches;
    this.inSight = false;
    this.timer = 0;
  }

  begin() {
    for (const [name, act] of Object.entries({ back: () => this.step(-1), on: () => this.step(1), play: () => this.toggle() }))
      this.part(name).addEventListener("click", act);
    this.part("buttons").hidden = false;
    document.addEventListener("visibilitychange", () => this.wait());
    new IntersectionObserver(([{ isIntersecting }]) => this.sighted(isIntersecting)).observe(this.figure);
    if (!this.stopped) this.show(1);
    this.drawButton();
  }

  /** @param {string} name @returns {HTMLElement} */
  part(name) {
    return /** @type {HTMLElement} */ (this.figure.querySelector(`[data-beats-${name}]`));
  }

  /** @param {boolean} inSight */
  sighted(inSight) {
    this.inSight = inSight;
    this.wait();
  }

  /** What nobody looks at stands still. */
  wait() {
    clearTimeout(this.timer);
    if (this.stopped || !this.inSight || document.hidden) return;
    const isLast = this.beat === this.sentences.length;
    const letters = this.sentences[this.beat - 1].textContent?.length ?? 0;
    this.timer = setTimeout(() => this.show(isLast ? 1 : this.beat + 1), FIND + letters * READ_A_LETTER + (isLast ? REST_AT_THE_END : 0));
  }

  toggle() {
    this.stopped = !this.stopped;
    this.drawButton();
    this.wait();
  }

  /** @param {number} by */
  step(by) {
    this.stopped = true;
    this.drawButton();
    const { length } = this.sentences;
    this.show(((this.beat - 1 + by + length) % length) + 1);
  }

  drawButton() {
    this.figure.classList.toggle("stopped", this.stopped);
    this.part("play").setAttribute("aria-label", this.stopped ? gettext("Play") : gettext("Stand still"));
  }

  /** @param {number} beat from 1 */
  show(beat) {
    this.beat = beat;
    this.figure.dataset.beat = String(beat);
    this.sentences.forEach((sentence, index) => {
      sentence.classList.toggle("now", index + 1 === beat);
    });
    for (const mark of this.marks) this.draw(mark, beat);
    this.wait();
  }

  /** @param {SVGElement} mark @param {number} beat */
  draw(mark, beat) {
    const { beat: from = "1", until, lit, dx, dy } = mark.dataset;
    mark.classList.toggle("gone", beat < Number(from) || beat > Number(until ?? beat));
    const isNew = mark.dataset.beat !== undefined && beat === Number(from);
    mark.classList.toggle("lit", isNew || has(lit, beat));
    if (isNew && dx !== undefined && !this.still.matches)
      mark.animate({ transform: [`translate(${dx}px, ${dy}px)`, "none"] }, { duration: FLIGHT, easing: "ease-in-out" });
  }
}

const figure = /** @type {HTMLElement | null} */ (document.querySelector("[data-beats]"));
if (figure) new Beats(figure).begin();
