/** The question on a phone: answers as buttons while the vote is open, then who chose what, and what it was. */

import { gettext, interpolate, ngettext, number } from "../room/i18n.js";
import { part, say } from "../room/page.js";
import { bars } from "./bars.js";

/** @typedef {import("./classsocket.js").Question} Question */

export class Voting {
  /** @param {(choice: string) => void} vote */
  constructor(vote) {
    this.vote = vote;
    this.question = /** @type {Question | null} */ (null);
    this.choice = /** @type {string | null} */ (null);
    this.asked = "";
  }

  /** @param {Question | null} question */
  ask(question) {
    this.question = question;
    part("#question").hidden = !question;
    if (question) this.draw(question);
  }

  /** @param {string | null} choice */
  voted(choice) {
    if (choice === this.choice) return;
    this.choice = choice;
    if (this.question) this.draw(this.question);
  }

  /** @param {Question} question */
  draw(question) {
    say(part("[data-question]"), question.text);
    this.drawOptions(question);
    say(part("[data-vote-told]"), this.told(question));
  }

  /** The buttons stay as they are while they say the same: whoever presses one must not find another in its place. @param {Question} question */
  drawOptions(question) {
    const place = part("[data-options]");
    const asked = question.open ? JSON.stringify(question.options) : "";
    if (!question.open) place.replaceChildren(bars(question));
    else if (asked !== this.asked) place.replaceChildren(...this.buttons(question));
    this.asked = asked;
    for (const button of place.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === this.choice));
  }

  /** @param {Question} question */
  buttons({ options }) {
    return options.map(({ value, title }) => {
      const button = document.createElement("button");
      button.className = "button vote";
      button.value = value;
      button.textContent = title;
      button.addEventListener("click", () => this.vote(value));
      return button;
    });
  }

  /** @param {Question} question */
  told({ open, answers, seen, votes }) {
    if (open) return this.choice ? gettext("Your guess is in. You may change it until the vote closes.") : gettext("What do you think?");
    const count = interpolate(ngettext("%(n)s vote", "%(n)s votes", votes), { n: number(votes) });
    if (answers.length === 0) return `${count}. ${gettext("Now it is tried.")}`;
    const verdict = this.choice && answers.includes(this.choice) ? gettext("You were right.") : "";
    return [verdict, seen].filter(Boolean).join(" ");
  }
}
