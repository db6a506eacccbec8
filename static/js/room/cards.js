/** "Your card": what became of the records that this person sent. It follows projections at the playhead. */

import { gettext, interpolate, number, unitOf } from "./i18n.js";
import { glyph, wear } from "./keys.js";

/**
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./types.js").Topology} Topology
 * @typedef {import("./types.js").Group} Group
 * @typedef {{key: string, group: Group, title: string, trace?: string, node: HTMLElement, at: number, asking: boolean, value: any, ack?: Hop}} Card
 *   value: what is shown, as the group made it
 * @typedef {import("./types.js").State} State
 */

const MOST = 3;
const QUIET = 3000;

/** @param {string} name @param {string} className @param {string} [text] */
function element(name, className, text) {
  const node = document.createElement(name);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

/** @param {Group} group */
function stepper(group) {
  const list = element("ol", "steps");
  for (const [name, title] of group.show?.steps ?? []) {
    const step = element("li", "step", title);
    step.dataset.step = name;
    list.append(step);
  }
  return list;
}

/** This much is known at once, wherever the playhead is. @param {HTMLElement} where */
function notStored(where) {
  const live = element("span", "only-live", gettext("Handed to the producer."));
  const behind = element("span", "only-behind", gettext("Sent, not shown yet."));
  where.replaceChildren(live, behind);
}

export class Cards {
  /** @param {HTMLElement} place @param {Topology} topology @param {Map<string, number>} registry of the keys that have a token */
  constructor(place, topology, registry) {
    this.registry = registry;
    this.place = place;
    place.addEventListener("click", (event) => this.press(event));
    this.topology = topology;
    this.cards = /** @type {Card[]} */ ([]);
  }

  /** Of what nothing has been said yet there are no cards. @param {Set<string> | undefined} parts */
  reveal(parts) {
    this.place.hidden = parts !== undefined && !this.topology.actions.some(({ own }) => own && parts.has(own));
  }

  /** @param {import("./types.js").Action} action @param {{trace: string, card?: string | null}} accepted @param {number} now */
  add(action, accepted, now) {
    this.place.dispatchEvent(new CustomEvent("mine", { bubbles: true, detail: accepted.trace }));
    const group = this.topology.groups.find((one) => one.name === action.own);
    if (!group?.show || accepted.card == null) return;
    const known = this.find(group.name, accepted.card);
    if (known) return this.again(known, accepted.trace, now);
    const node = this.build(action, group, accepted.card);
    this.cards.unshift({
      key: accepted.card,
      group,
      title: action.title,
      trace: accepted.trace,
      node,
      at: now,
      asking: false,
      value: undefined,
    });
    this.place.querySelector(".card-empty")?.remove();
    this.place.prepend(node);
    this.place.scrollLeft = 0;
    for (const old of this.cards.splice(MOST)) old.node.remove();
  }

  /** Where their records were is nothing any more. */
  beginAnew() {
    for (const card of this.cards) card.ack = undefined;
  }

  /** @param {Card} card @param {string} trace @param {number} now */
  again(card, trace, now) {
    card.trace = trace;
    card.ack = undefined;
    card.at = now;
  }

  /** @param {import("./types.js").Action} action @param {Group} group @param {string} key */
  build(action, group, key) {
    const node = element("article", "card");
    node.dataset.card = key;
    const head = element("header", "card-head");
    const where = element("p", "card-where");
    const follow = /** @type {HTMLButtonElement} */ (element("button", "card-follow", gettext("Follow")));
    follow.type = "button";
    follow.setAttribute("aria-label", interpolate(gettext("Follow the record of %(key)s"), { key }));
    const token = element("span", "mark");
    token.hidden = true;
    token.setAttribute("aria-hidden", "true");
    head.append(token, element("span", "card-icon", action.icon ?? ""), element("h3", "card-title", key), where, follow);
    notStored(where);
    const body = group.show?.steps?.length ? stepper(group) : element("p", "card-value", "–");
    node.append(head, body);
    return node;
  }

  /** @param {string} group @param {string | null | undefined} key */
  find(group, key) {
    return this.cards.find((card) => card.group.name === group && card.key === key);
  }

  /** @param {Event} event */
  press({ target }) {
    const node = target instanceof Element && target.closest(".card-follow")?.closest("[data-card]");
    const card = this.cards.find((one) => one.node === node);
    if (card?.trace) this.place.dispatchEvent(new CustomEvent("follow", { bubbles: true, detail: { trace: card.trace } }));
  }

  /** The state after those hops. @param {Hop[]} hops @param {State} state @param {number} now */
  follow(hops, state, now) {
    if (this.cards.length === 0) return;
    for (const hop of hops) if (hop.type === "ack" && hop.trace) this.stored(hop);
    for (const card of this.cards) this.draw(card, state, now);
  }

  /** The playhead is elsewhere: what is shown is the state there. @param {Hop[]} hops all before it @param {State} state @param {number} now */
  restate(hops, state, now) {
    for (const card of this.cards) {
      const found = hops.findLast((hop) => hop.type === "ack" && hop.trace !== undefined && hop.trace === card.trace);
      // The log keeps the last minutes; what is older than that is before any moment of it.
      const known = found ?? (card.ack && card.ack.seq < (hops[0]?.seq ?? 0) ? card.ack : undefined);
      if (known) this.stored(known);
      else notStored(/** @type {HTMLElement} */ (card.node.querySelector(".card-where")));
      card.value = null;
      this.clear(card);
      this.draw(card, state, now);
    }
  }

  /** @param {Card} card @param {State} state @param {number} now */
  draw(card, state, now) {
    const value = state.projections[card.group.name]?.get(card.key);
    if (value === undefined || value === card.value) return;
    card.value = value;
    this.update(card, value, now);
  }

  /** @param {Card} card */
  clear(card) {
    delete card.node.dataset.status;
    delete card.node.dataset.value;
    for (const step of card.node.querySelectorAll(".step")) {
      step.classList.remove("done");
      step.removeAttribute("aria-current");
    }
    card.node.querySelector(".card-value")?.replaceChildren("–");
  }

  /** @param {Hop} hop */
  stored(hop) {
    const card = this.cards.find((one) => one.trace === hop.trace);
    const where = card?.node.querySelector(".card-where");
    if (!card || !where) return;
    card.ack = hop;
    this.showToken(card, hop);
    const values = { topic: hop.topic, partition: hop.partition, offset: number(hop.offset ?? 0) };
    where.textContent = interpolate(gettext("%(topic)s P%(partition)s, offset %(offset)s"), values);
  }

  /** As its record looks in the picture. @param {Card} card @param {Hop} hop */
  showToken(card, { key }) {
    const token = /** @type {HTMLElement} */ (card.node.querySelector(".mark"));
    token.hidden = false;
    wear(token, glyph(this.registry, key));
  }

  /** @param {Card | undefined} card @param {any} value @param {number} now */
  update(card, value, now) {
    const show = card?.group.show;
    if (!card || !show || value == null) return;
    card.at = now;
    const shown = value[show.field];
    if (show.steps?.length) this.showStep(card, String(shown));
    else this.showValue(card, shown, typeof shown === "number" ? unitOf(show, shown) : "");
  }

  /** @param {Card} card @param {string} status */
  showStep(card, status) {
    card.node.dataset.status = status;
    let reached = true;
    for (const step of /** @type {NodeListOf<HTMLElement>} */ (card.node.querySelectorAll(".step"))) {
      const current = step.dataset.step === status;
      step.classList.toggle("done", reached);
      if (current) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
      if (current) reached = false;
    }
  }

  /** @param {Card} card @param {any} value @param {string} unit */
  showValue(card, value, unit) {
    card.node.dataset.value = String(value);
    const place = /** @type {HTMLElement} */ (card.node.querySelector(".card-value"));
    const amount = element("strong", "", typeof value === "number" ? number(value) : String(value));
    place.replaceChildren(amount, ` ${unit}`);
  }

  /** @param {Card} card */
  isDone(card) {
    const steps = card.group.show?.steps ?? [];
    return steps.length > 0 && card.node.dataset.status === steps.at(-1)?.[0];
  }

  /** Under a flood projection hops may be thinned: who is live asks for what was not heard of. @param {number} now */
  refresh(now) {
    for (const card of this.cards) {
      if (card.asking || this.isDone(card) || now - card.at < QUIET) continue;
      card.asking = true;
      card.at = now;
      void this.ask(card, now).finally(() => {
        card.asking = false;
      });
    }
  }

  /** @param {Card} card @param {number} now */
  async ask(card, now) {
    const path = `/api/rooms/${this.topology.code}/projections/${encodeURIComponent(card.group.name)}/${encodeURIComponent(card.key)}/`;
    const reply = await fetch(path).catch(() => undefined);
    if (reply?.ok) this.update(card, (await reply.json()).value, now);
  }
}
