/** The record that is followed: its facts, and its steps with their true times and the gaps between them. */

import { gettext, interpolate, listed, ngettext, number } from "./i18n.js";
import { factsOf, isAbout, journeyOf, placeId, placeOf } from "./journey.js";
import { JourneyStrip } from "./journeystrip.js";
import { glyph, wear } from "./keys.js";
import { part, say } from "./page.js";
import { Proof } from "./proof.js";
import { sentence } from "./sentences.js";
import { shortTime } from "./strip.js";

/**
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./journey.js").Followed} Followed
 * @typedef {import("./journey.js").Stage} Stage
 * @typedef {import("./journey.js").Way} Way
 * @typedef {import("./journey.js").Facts} Facts
 * @typedef {ReturnType<typeof journeyOf>} Journey
 */

/** @param {number} ms */
const milliseconds = (ms) => interpolate(gettext("%(ms)s ms"), { ms: shortTime(ms) });

/** @param {string} name @param {string} text @param {string} [className] */
function element(name, text, className = "") {
  const node = document.createElement(name);
  node.textContent = text;
  if (className) node.className = className;
  return node;
}

/** @param {import("./journey.js").Place} place */
const placeWords = ({ topic, partition, offset }) =>
  interpolate(gettext("%(topic)s P%(partition)s, offset %(offset)s"), { topic, partition, offset: number(offset) });

export class JourneyPanel {
  /** @param {Map<string, number>} registry @param {string} code of the room */
  constructor(registry, code) {
    this.registry = registry;
    this.box = part("[data-journey]");
    this.list = part("[data-journey-steps]");
    this.strip = new JourneyStrip(part("[data-strip]"), registry);
    this.proof = new Proof(code);
    /** When the room's time began, in seconds since 1970. */
    this.epoch = 0;
    this.hops = /** @type {Hop[]} */ ([]);
    this.others = /** @type {Way[]} */ ([]);
    this.followed = /** @type {Followed | undefined} */ (undefined);
    part("[data-journey-others]").addEventListener("click", ({ target }) => this.press(target));
  }

  /** @param {Followed} followed @param {Hop[]} hops all that have been shown */
  follow(followed, hops) {
    this.proof.stop();
    this.followed = followed;
    this.box.hidden = false;
    this.restate(hops);
  }

  stop() {
    this.followed = undefined;
    this.proof.stop();
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
    const journey = journeyOf(this.hops, followed);
    const facts = factsOf(journey, followed);
    if (journey.place && !placeOf(followed)) this.followed = { ...followed, ...journey.place };
    this.drawFacts(facts);
    say(part("[data-journey-total]"), this.total(journey));
    this.strip.draw(journey.exact ? journey.stages : []);
    this.drawSteps(journey);
    this.drawOthers(journey.others);
    this.proof.show({ place: journey.place, trace: followed.trace, acked: this.ackedAt(journey.stages) });
  }

  /** @param {Facts} facts */
  drawFacts({ key, type, value, place, readers, committers }) {
    wear(part("[data-journey-mark]"), glyph(this.registry, key));
    say(part("[data-journey-key]"), key === undefined ? "–" : (key ?? gettext("none")));
    say(part("[data-journey-place]"), place ? placeWords(place) : gettext("not stored yet"));
    say(part("[data-journey-readers]"), readers.length > 0 ? listed(readers) : gettext("nobody yet"));
    say(part("[data-journey-committers]"), committers.length > 0 ? listed(committers) : gettext("nobody yet"));
    say(part("[data-journey-type]"), type ?? "–");
    part("[data-journey-sent]").hidden = value === undefined;
    say(part("[data-journey-value]"), JSON.stringify(value) ?? "");
  }

  /** Of a run only the time of its last part is known. @param {Stage[]} stages @returns {number | undefined} */
  ackedAt(stages) {
    const ack = stages.find(({ hop }) => hop.type === "ack" && hop.first === undefined);
    return ack && this.epoch > 0 ? (this.epoch + ack.hop.time) * 1000 : undefined;
  }

  /** @param {Journey} journey */
  total({ stages, exact }) {
    if (stages.length === 0) return gettext("Nothing of it has happened yet at this moment.");
    const steps = ngettext("%(n)s step in %(ms)s", "%(n)s steps in %(ms)s", stages.length);
    const runs = gettext("Its steps were told of runs of records. A run has the time of its last part: its own step was then or earlier.");
    return exact ? interpolate(steps, { n: number(stages.length), ms: milliseconds(stages[stages.length - 1].since) }) : runs;
  }

  /** What is opened, for who can't see it. */
  summary() {
    const key = part("[data-journey-key]").textContent;
    const total = part("[data-journey-total]").textContent;
    return interpolate(gettext("Following the record with key %(key)s, its way is below the picture. %(total)s"), { key, total });
  }

  /** @param {Journey} journey */
  drawSteps({ stages, exact }) {
    while (this.list.childElementCount > stages.length) this.list.lastElementChild?.remove();
    stages.forEach((stage, index) => {
      const node = this.list.children[index] ?? this.list.appendChild(document.createElement("li"));
      this.drawStep(/** @type {HTMLElement} */ (node), stage, exact);
    });
  }

  /** @param {HTMLElement} node @param {Stage} stage @param {boolean} exact */
  drawStep(node, { hop, since, gap }, exact) {
    const id = `${hop.seq} ${since} ${gap} ${exact}`;
    if (node.dataset.id === id) return;
    node.dataset.id = id;
    node.dataset.type = hop.type;
    node.replaceChildren(
      element("span", exact ? milliseconds(since) : `≤ ${number(hop.time, 3)} s`, "journey-since"),
      element("span", exact && gap > 0 ? `+${milliseconds(gap)}` : "", "journey-gap"),
      element("span", sentence(hop, this.registry), "journey-words"),
    );
  }

  /** Made anew only when there is news: a button that has focus must stay. @param {Way[]} others */
  drawOthers(others) {
    const list = part("[data-journey-siblings]");
    const id = others.map(({ place, hops }) => `${place ? placeId(place) : ""} ${hops[0].seq}`).join();
    this.others = others;
    part("[data-journey-others]").hidden = others.length === 0;
    if (list.dataset.id === id) return;
    list.dataset.id = id;
    list.replaceChildren(...others.map((way, index) => this.other(way, index)));
  }

  /** @param {Way} way @param {number} index */
  other({ type, place, hops }, index) {
    const item = document.createElement("li");
    const where = place ? placeWords(place) : (hops[0].topic ?? "");
    const button = /** @type {HTMLButtonElement} */ (element("button", gettext("Follow this one"), "button small"));
    button.type = "button";
    button.dataset.other = String(index);
    button.setAttribute(
      "aria-label",
      interpolate(gettext("Follow this one: %(type)s, %(where)s"), { type: type ?? gettext("a record"), where }),
    );
    item.append(element("strong", type ?? gettext("a record")), element("span", where), button);
    return item;
  }

  /** @param {EventTarget | null} target */
  press(target) {
    const index = target instanceof Element ? target.closest("[data-other]")?.getAttribute("data-other") : undefined;
    const way = index === undefined ? undefined : this.others[Number(index)];
    if (!way) return;
    const { trace, topic, key, seq } = way.hops[0];
    this.box.dispatchEvent(new CustomEvent("follow", { bubbles: true, detail: { trace, topic, key, seq, ...way.place } }));
  }
}
