/**
 * Which step one is at, what was predicted, and what was observed. It is told what is shown, and asks nobody. Pure.
 *
 * @typedef {import("../room/types.js").Hop} Hop
 * @typedef {import("../room/types.js").State} State
 * @typedef {import("../room/types.js").Topology} Topology
 * @typedef {{value: string, words: string}} Option
 * @typedef {{press?: string, with?: Record<string, string>, times?: number, post?: string, fields?: Record<string, string>, open?: string, label: string}} Press
 * @typedef {{
 *   title: string, say: string, then: string, hint: string, show: string[], do: Press[], until: import("./conditions.js").Condition[], slow: number,
 *   predict: {ask: string, answer: import("./conditions.js").Condition, options: Option[]} | null, patience: number,
 *   lack: {why: string, run: string} | null,
 * }} Step
 * @typedef {{slug: string, title: string, sandbox: boolean, steps: Step[]}} Lesson
 * @typedef {{watch: Watch, answer: Answer | undefined, options: Option[], predicted: Option | undefined, observed: Option | undefined, met: boolean}} Turn
 *   one try at a step
 */

import { Answer, Watch } from "./conditions.js";

/** Members of the group that a question is about, the ones that are there. @param {Step} step @param {State} state @returns {Option[]} */
function optionsOf(step, state) {
  const { options = [], answer } = step.predict ?? {};
  const asked = answer?.first ?? answer?.last;
  if (options.length > 0 || answer?.field !== "source") return options;
  const names = Object.entries(state.members).filter(([, { group, crashed }]) => group === asked?.group && !crashed);
  return names.map(([name]) => ({ value: name, words: name }));
}

export class Course {
  /** @param {Lesson} lesson @param {Topology} topology */
  constructor(lesson, topology) {
    this.lesson = lesson;
    this.topology = topology;
    this.index = 0;
    /** The last try at each step. @type {Map<number, Turn>} */
    this.turns = new Map();
  }

  get step() {
    return this.lesson.steps[this.index];
  }

  /** @returns {Turn | undefined} */
  get turn() {
    return this.turns.get(this.index);
  }

  get isFirst() {
    return this.index === 0;
  }

  get isLast() {
    return this.index === this.lesson.steps.length - 1;
  }

  /** Is there anything to wait for? @param {number} [index] */
  waits(index = this.index) {
    const { until, lack } = this.lesson.steps[index];
    return until.length > 0 && !lack;
  }

  /** What is drawn at this step: all that came in so far, or undefined for everything. @returns {Set<string> | undefined} */
  get parts() {
    if (this.lesson.sandbox) return undefined;
    return new Set(this.lesson.steps.slice(0, this.index + 1).flatMap(({ show }) => show));
  }

  /** To that step; what was done there stays done. @param {number} index @param {State} state */
  go(index, state) {
    this.index = Math.min(this.lesson.steps.length - 1, Math.max(0, index));
    if (!this.turn?.met) this.begin(state);
  }

  /** A new try at this step. @param {State} state */
  begin(state) {
    const { step } = this;
    const answer = step.predict ? new Answer(step.predict.answer, this.topology, state) : undefined;
    const watch = new Watch(step.until, this.topology, state, step.do.length > 0);
    const options = optionsOf(step, state);
    this.turns.set(this.index, { watch, answer, options, predicted: undefined, observed: undefined, met: !this.waits() });
  }

  /** @param {string} value */
  predict(value) {
    const { turn } = this;
    if (turn && !turn.met) turn.predicted = turn.options.find((option) => option.value === value);
  }

  /** What has been shown. @param {Hop[]} hops @param {State} state after them @returns {boolean} whether the step is met by this */
  take(hops, state) {
    const { turn } = this;
    if (!turn || turn.met) return false;
    for (const hop of hops) {
      turn.watch.take(hop, state);
      if (turn.watch.acted) turn.answer?.take(hop);
      if (turn.watch.isMet && this.isAnswered(turn, state)) return this.meet(turn, state);
    }
    return false;
  }

  /**
   * What a step waits for may be late news of a step before, and then its question has no answer yet; but nothing at all may be one.
   *
   * @param {Turn} turn @param {State} state
   */
  isAnswered({ answer, options }, state) {
    return !answer || answer.isKnown || options.some(({ value }) => value === answer.value(state));
  }

  /** @param {Turn} turn @param {State} state */
  meet(turn, state) {
    turn.met = true;
    if (turn.answer) turn.observed = this.optionFor(turn.answer.value(state), turn.options);
    return true;
  }

  /** The option that says so. @param {string} value @param {Option[]} options @returns {Option} */
  optionFor(value, options) {
    const exact = options.find((option) => option.value === value);
    const more = Number.isFinite(Number(value)) ? options.find((option) => option.value === "more") : undefined;
    return exact ?? more ?? { value, words: value };
  }
}
