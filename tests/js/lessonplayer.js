/**
 * Plays a lesson to its end without a browser, with the page's own scripts. What a room's socket sends comes in on stdin, line by line, after
 * one line about the lesson; what it is to be sent goes out, and at last {"told": [...]}: of each step what was predicted and observed.
 */

import { createInterface } from "node:readline";
import { Course } from "../../static/js/lessons/course.js";
import { doAll, poster } from "../../static/js/lessons/doing.js";
import { awaited } from "../../static/js/lessons/waiting.js";
import { emptyState, reduce, reduceAll } from "../../static/js/room/reducer.js";

const SECOND = 1000;
const LOOK = 20;
/** Who reads a step is slower than a few records: nothing has come for so long, or, where a crowd sends, they read for so long. In ms. */
const STILL = 300;
const READ = 1500;
const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const pause = () => new Promise((resolve) => setTimeout(resolve, LOOK));

class Play {
  constructor({ lesson, topology, token, origin, patience }) {
    this.course = new Course(lesson, topology);
    this.patience = patience;
    this.post = poster(token, origin);
    this.state = emptyState();
    this.ready = false;
    this.heard = 0;
    this.asked = new Map();
    this.nextRef = 0;
  }

  receive(frame) {
    this.heard = Date.now();
    if (frame.type === "backlog") this.state = reduceAll(frame.hops);
    if (frame.type === "backlog") this.ready = true;
    for (const hop of frame.type === "hops" ? frame.hops : []) {
      this.state = reduce(this.state, hop);
      this.course.take([hop], this.state);
    }
    if (frame.ref) this.asked.get(frame.ref)?.(frame);
  }

  act(action, data) {
    const ref = `p${this.nextRef++}`;
    tell({ type: "act", action, data, ref });
    return new Promise((resolve) => this.asked.set(ref, resolve));
  }

  async through() {
    while (!this.ready) await pause();
    const told = [];
    for (let index = 0; index < this.course.lesson.steps.length; index += 1) told.push(await this.step(index));
    return told;
  }

  /** As who reads what is said. A crowd does not stop for that. */
  async read() {
    const end = Date.now() + READ;
    while (Date.now() < end && !(this.state.ledger?.at_rest && Date.now() > this.heard + STILL)) await pause();
  }

  /** Guesses another answer at every question, so that wrong ones come. */
  async step(index) {
    await this.read();
    this.course.go(index, this.state);
    const { step, turn } = this.course;
    const { options } = turn;
    if (step.predict && options.length > 0) this.course.predict(options[index % options.length].value);
    const about = { title: step.title, predicted: turn.predicted, options, needed: step.lack !== null };
    if (!this.course.waits()) return { ...about, met: true };
    const refused = await doAll(step.do, (action, data) => this.act(action, data), this.post);
    const end = Date.now() + Math.max(this.patience, step.patience) * SECOND;
    while (!turn.met && !refused && Date.now() < end) await pause();
    const missing = turn.watch.missing;
    return { ...about, met: turn.met, observed: turn.observed, refused, waiting: missing && awaited(missing), missing };
  }
}

const lines = createInterface({ input: process.stdin });
/** @type {Play | undefined} */
let play;
lines.on("line", (line) => {
  const message = JSON.parse(line);
  if (play) return play.receive(message);
  play = new Play(message);
  void play.through().then((told) => {
    tell({ told });
    lines.close();
    process.stdin.destroy();
  });
});
