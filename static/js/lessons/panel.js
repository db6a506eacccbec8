/** The lesson's panel: shows the step, the question, what is waited for, and what came out. It decides nothing. */

import { isFramed, mayFocus } from "../room/framed.js";
import { gettext, interpolate, number } from "../room/i18n.js";
import { part, say } from "../room/page.js";

/**
 * @typedef {import("./course.js").Course} Course
 * @typedef {import("./course.js").Press} Press
 * @typedef {{predict: (value: string) => void, press: (press: Press) => void, again: () => void, back: () => void, next: () => void}} Wishes
 */

/** @param {string} name @param {string} className @param {string} [text] */
function element(name, className, text) {
  const node = document.createElement(name);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

/** @param {HTMLElement} node @param {boolean} hidden */
function hide(node, hidden) {
  node.hidden = hidden;
}

export class LessonPanel {
  /** @param {HTMLElement} node @param {Wishes} wishes @param {AbortSignal} signal */
  constructor(node, wishes, signal) {
    this.node = node;
    this.wishes = wishes;
    this.title = part("[data-step-title]");
    this.options = part("[data-options]");
    this.do = part("[data-do]");
    /** Whether the keys were at what is to be done. */
    this.held = false;
    part("[data-lesson-back]").addEventListener("click", () => wishes.back(), { signal });
    part("[data-lesson-next]").addEventListener("click", () => wishes.next(), { signal });
    part("[data-predict]").addEventListener("submit", (event) => event.preventDefault(), { signal });
    this.options.addEventListener("change", ({ target }) => wishes.predict(/** @type {HTMLInputElement} */ (target).value), { signal });
  }

  /** The step as such, once one comes to it. @param {Course} course */
  enter(course) {
    const { step, index, lesson } = course;
    say(this.title, step.title);
    this.tell("[data-say]", step.say);
    this.tell("[data-hint]", step.hint);
    this.tell("[data-then]", step.then);
    hide(part("[data-hint-box]"), step.hint === "");
    part("[data-hint-box]").removeAttribute("open");
    say(part("[data-at]"), interpolate(gettext("%(n)s of %(all)s"), { n: number(index + 1), all: number(lesson.steps.length) }));
    this.askAnew(course);
    this.node.scrollTop = 0;
    this.refuse("");
    this.draw(course, { busy: false, waiting: "", late: false });
    this.showPlace();
  }

  /** Words as the server made them HTML; from a frame their links lead to pages of their own. @param {string} selector @param {string} html */
  tell(selector, html) {
    const place = part(selector);
    place.innerHTML = html;
    if (isFramed) for (const link of place.querySelectorAll("a")) Object.assign(link, { target: "_blank", rel: "noopener" });
  }

  /** What one reads first. */
  focus() {
    if (mayFocus()) this.title.focus({ preventScroll: true });
  }

  /** Where one is in a list that is longer than its place. */
  showPlace() {
    const list = part("[data-steps]");
    const link = list.querySelector("[aria-current]");
    if (link instanceof HTMLElement) list.scrollTop = link.offsetTop - (list.clientHeight - link.offsetHeight) / 2;
  }

  /** @param {Course} course */
  askAnew({ step, turn, index }) {
    hide(part("[data-predict]"), !step.predict || step.lack !== null);
    say(part("[data-lesson-ask]"), step.predict?.ask ?? "");
    const labels = (turn?.options ?? []).map(({ value, words }) => {
      const label = element("label", "lesson-option");
      const input = document.createElement("input");
      Object.assign(input, { type: "radio", name: `predict-${index}`, value, checked: turn?.predicted?.value === value });
      label.append(input, element("span", "", words));
      return label;
    });
    this.options.replaceChildren(...labels);
  }

  /** How things stand in the step. @param {Course} course @param {{busy: boolean, waiting: string, late: boolean}} now busy: it is being done; waiting: for what, in words; late: it should have happened by now */
  draw(course, { busy, waiting, late }) {
    const { turn } = course;
    const met = turn?.met ?? false;
    this.node.classList.toggle("met", met && course.waits());
    this.drawSteps(course);
    this.drawPresses(course, busy);
    this.drawAnswer(course);
    say(part("[data-waiting]"), this.statusOf(course, waiting, late));
    hide(part("[data-then]"), !(met && course.step.then !== ""));
    this.drawWay(course, met);
  }

  /** @param {Course} course @param {string} waiting @param {boolean} late @returns {string} */
  statusOf({ step, turn }, waiting, late) {
    if (step.lack) return step.lack.why;
    if (turn?.met || !waiting) return "";
    const text = late ? gettext("This has not happened yet: %(what)s.") : gettext("Waiting for %(what)s.");
    return interpolate(text, { what: waiting });
  }

  /** @param {Course} course @param {boolean} met */
  drawWay(course, met) {
    const next = part("[data-lesson-next]");
    /** @type {HTMLButtonElement} */ (part("[data-lesson-back]")).disabled = course.isFirst;
    hide(next, course.isLast);
    next.classList.toggle("primary", met);
    say(next, met ? gettext("Next") : gettext("Skip"));
    hide(part("[data-lesson-end]"), !course.isLast);
    hide(part("[data-sources]"), !course.isLast);
  }

  /** @param {Course} course */
  drawSteps({ index, turns, lesson }) {
    [...part("[data-steps]").querySelectorAll("a")].forEach((link, at) => {
      link.classList.toggle("done", (turns.get(at)?.met ?? false) && (at !== index || lesson.steps[at].until.length > 0));
      if (at === index) link.setAttribute("aria-current", "step");
      else link.removeAttribute("aria-current");
    });
  }

  /** @param {Course} course @param {boolean} busy */
  drawPresses({ step, turn }, busy) {
    const must = step.predict !== null && !this.node.dataset.vote && !turn?.predicted && !turn?.met;
    const key = JSON.stringify([step.title, must, busy, turn?.met]);
    if (this.do.dataset.drawn === key) return;
    // A button that can't be pressed meanwhile has no focus to keep: then the next one gets it.
    const held = this.do.contains(document.activeElement) || (this.held && document.activeElement === document.body);
    this.held = held;
    this.do.dataset.drawn = key;
    if (step.lack) return this.drawInstead(step.lack);
    const [first] = step.do;
    this.do.replaceChildren(...(first ? [this.button(step.do, turn?.met ?? false, must || busy)] : []));
    if (must && first) this.do.append(element("span", "hint", gettext("Choose an answer first. A guess is fine.")));
    if (held && mayFocus()) /** @type {HTMLElement | null} */ (this.do.querySelector("button, a"))?.focus();
  }

  /** @param {{why: string, run: string}} lack */
  drawInstead({ run }) {
    this.do.replaceChildren();
    if (!run) return;
    const link = /** @type {HTMLAnchorElement} */ (element("a", "button", gettext("See it in a run saved on a real Kafka")));
    Object.assign(link, { href: run, target: "_blank" });
    this.do.append(link);
  }

  /** @param {Press[]} presses @param {boolean} done @param {boolean} held */
  button(presses, done, held) {
    const [press] = presses;
    if (press.open) {
      const link = /** @type {HTMLAnchorElement} */ (element("a", "button primary", press.label));
      return Object.assign(link, { href: press.open, target: "_blank" });
    }
    const button = /** @type {HTMLButtonElement} */ (element("button", done ? "button" : "button primary", press.label));
    button.type = "button";
    button.disabled = held;
    if (done) button.textContent = gettext("Do it again");
    button.addEventListener("click", () => (done ? this.wishes.again() : this.wishes.press(press)));
    return button;
  }

  /** @param {Course} course */
  drawAnswer({ turn, step }) {
    const place = part("[data-answer]");
    hide(place, !turn?.observed);
    for (const input of this.options.querySelectorAll("input")) {
      input.disabled = turn?.met ?? false;
      const label = /** @type {HTMLElement} */ (input.parentElement);
      label.classList.toggle("predicted", turn?.predicted?.value === input.value);
      label.classList.toggle("observed", turn?.observed?.value === input.value);
    }
    if (turn?.observed && step.predict) place.replaceChildren(...this.answerWords(turn));
  }

  /** @param {import("./course.js").Turn} turn */
  answerWords({ predicted, observed }) {
    const seen = element("strong", "", `◆ ${observed?.words}`);
    if (!predicted) return [seen];
    if (predicted.value === observed?.value) return [seen, element("span", "", gettext("As you said."))];
    return [element("span", "guessed", interpolate(gettext("◇ You said: %(words)s"), { words: predicted.words })), seen];
  }

  /** What came out is what one looks for now. */
  showOutcome() {
    this.node.scrollTop = this.node.scrollHeight;
  }

  /** @param {string} why nothing when it was not refused */
  refuse(why) {
    const place = part("[data-refusal]");
    say(place, why);
    hide(place, why === "");
  }

  /** From now on what is pressed is done. */
  open() {
    this.node.dataset.open = "";
  }

  /** @param {string} words nothing when the room is ready */
  prepare(words) {
    const place = part("[data-preparing]");
    say(place, words);
    hide(place, words === "");
    this.node.classList.toggle("preparing", words !== "");
  }
}
