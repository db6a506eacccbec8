/** The record that is followed, in words: its facts, and its steps with their true times and the gaps between them. */

import { gettext, interpolate, listed, ngettext, number } from "./i18n.js";
import { factsOf, isAbout, journeyOf } from "./journey.js";
import { glyph } from "./keys.js";
import { part, say } from "./page.js";
import { sentence } from "./sentences.js";

/**
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./journey.js").Followed} Followed
 * @typedef {import("./journey.js").Stage} Stage
 */

/** @param {number} ms */
const milliseconds = (ms) => interpolate(gettext("%(ms)s ms"), { ms: number(ms, ms < 100 ? 1 : 0) });

/** @param {string} name @param {string} text */
function element(name, text) {
  const node = document.createElement(name);
  node.textContent = text;
  return node;
}

export class JourneyPanel {
  /** @param {Map<string, number>} registry */
  constructor(registry) {
    this.registry = registry;
    this.box = part("[data-journey]");
    this.list = part("[data-journey-steps]");
    this.hops = /** @type {Hop[]} */ ([]);
    this.followed = /** @type {Followed | undefined} */ (undefined);
  }

  /** @param {Followed} followed @param {Hop[]} hops all that have been shown */
  follow(followed, hops) {
    this.followed = followed;
    this.restate(hops);
    this.box.hidden = false;
  }

  stop() {
    this.followed = undefined;
    this.box.hidden = true;
  }

  /** @param {Hop[]} hops */
  restate(hops) {
    if (!this.followed) return;
    this.hops = hops.filter(isAbout(this.followed));
    this.draw(this.followed);
  }

  /** @param {Hop[]} hops that have been shown just now */
  add(hops) {
    if (!this.followed) return;
    const more = hops.filter(isAbout(this.followed));
    if (more.length === 0) return;
    this.hops.push(...more);
    this.draw(this.followed);
  }

  /** @param {Followed} followed */
  draw(followed) {
    const stages = journeyOf(this.hops, followed);
    const facts = factsOf(stages, followed);
    const { letter, shape, tone } = glyph(this.registry, facts.key);
    const mark = part("[data-journey-mark]");
    say(mark, letter);
    mark.dataset.tone = tone;
    mark.dataset.shape = shape;
    say(part("[data-journey-key]"), facts.key ?? gettext("none"));
    say(part("[data-journey-place]"), facts.places.join(", ") || gettext("not stored yet"));
    say(part("[data-journey-readers]"), facts.readers.length > 0 ? listed(facts.readers) : gettext("nobody yet"));
    say(part("[data-journey-committers]"), facts.committers.length > 0 ? listed(facts.committers) : gettext("nobody yet"));
    say(part("[data-journey-total]"), this.total(stages));
    this.drawSteps(stages);
  }

  /** @param {Stage[]} stages */
  total(stages) {
    if (stages.length === 0) return gettext("Nothing of it has happened yet at this moment.");
    const steps = ngettext("%(n)s step in %(ms)s", "%(n)s steps in %(ms)s", stages.length);
    return interpolate(steps, { n: number(stages.length), ms: milliseconds(stages[stages.length - 1].since) });
  }

  /** @param {Stage[]} stages */
  drawSteps(stages) {
    const whole = Math.max(1e-6, stages.at(-1)?.since ?? 0);
    while (this.list.childElementCount > stages.length) this.list.lastElementChild?.remove();
    stages.forEach((stage, index) => {
      const node = this.list.children[index] ?? this.list.appendChild(document.createElement("li"));
      this.drawStep(/** @type {HTMLElement} */ (node), stage, whole);
    });
  }

  /** @param {HTMLElement} node @param {Stage} stage @param {number} whole */
  drawStep(node, { hop, since, gap }, whole) {
    const id = `${hop.seq} ${since} ${whole}`;
    if (node.dataset.id === id) return;
    node.dataset.id = id;
    node.dataset.type = hop.type;
    node.style.setProperty("--from", String((since - gap) / whole));
    node.style.setProperty("--to", String(since / whole));
    const time = element("span", milliseconds(since));
    time.className = "journey-since";
    const wait = element("span", gap > 0 ? `+${milliseconds(gap)}` : "");
    wait.className = "journey-gap";
    const words = element("span", sentence(hop, this.registry));
    words.className = "journey-words";
    const strip = element("span", "");
    strip.className = "journey-strip";
    node.replaceChildren(time, wait, words, strip);
  }
}
