/** A phone in a class: one large button, what became of one's own record, votes, and a member of one's own. */

import { gettext, interpolate, number } from "../room/i18n.js";
import { glyph, keysOf, wear } from "../room/keys.js";
import { part, say, showNotice, showStatus, whyNot } from "../room/page.js";
import { ClassSocket } from "./classsocket.js";
import { enter } from "./identity.js";
import { Naming } from "./naming.js";
import { Tabs } from "./tabs.js";
import { Voting } from "./voting.js";

/** @typedef {import("./classsocket.js").You} You */
/** @typedef {import("./classsocket.js").ClassState} ClassState */

const TOLD_FOR = 4000;
const AGAIN = 3000;

class Phone {
  /** @param {HTMLElement} page */
  constructor(page) {
    this.page = page;
    this.code = page.dataset.phone ?? "";
    const topology = JSON.parse(document.getElementById("topology")?.textContent ?? "{}");
    this.keys = keysOf(topology);
    /** @type {[string, string][]} */
    const steps = topology.groups.find((/** @type {any} */ group) => group.name === topology.actions[0].own)?.show.steps ?? [];
    this.words = new Map(steps);
    this.tabs = new Tabs(page, (id) => id === "diagram" && this.showPicture());
    this.voting = new Voting((choice) => this.send({ type: "vote", choice }));
    this.naming = new Naming((name) => this.socket?.rename(name));
    this.refusalTimer = 0;
  }

  async begin() {
    const { token, name, problem } = await enter(this.code, this.page.dataset.enter ?? "");
    if (!token) return this.wait(problem);
    document.body.dataset.token = token;
    showNotice(null);
    say(part("[data-name]"), name);
    this.socket = new ClassSocket(this.code, token, {
      state: (state) => this.showState(state),
      you: (you) => this.show(you),
      refused: (message) => this.refuse(message),
      status: (word) => this.showStatus(word),
      renewed: () => this.comeInAgain(),
      sentOut: (message) => this.sentOut(message),
    });
    this.socket.open();
    this.listen();
  }

  /** A token grows old while a phone sleeps; who it was is known all the same. */
  async comeInAgain() {
    const { token } = await enter(this.code, this.page.dataset.enter ?? "");
    if (token) document.body.dataset.token = token;
    return token;
  }

  /** The door may open, and the network come back. @param {string} problem */
  wait(problem) {
    showNotice(problem || gettext("The class does not answer. We try again."));
    setTimeout(() => this.begin(), AGAIN);
  }

  /** There is no coming back as who one was. @param {string} message */
  sentOut(message) {
    this.socket?.end("over");
    showNotice(message);
  }

  listen() {
    this.page.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      if (button instanceof HTMLButtonElement) this.press(button.dataset);
    });
  }

  /** @param {DOMStringMap} what */
  press(what) {
    if (what.tap !== undefined) void this.tap();
    else if (what.take) this.send({ type: "take", group: what.take, by_hand: what.byHand !== undefined });
    else if (what.step) this.send({ type: "step", step: what.step });
    else if (what.giveBack !== undefined) this.send({ type: "give-back" });
  }

  /** Nobody is left to believe that a tap has landed which did not. */
  async tap() {
    const reply = await this.socket?.act(this.page.dataset.presses ?? "");
    if (reply?.type === "refused")
      this.refuse(reply.message ?? gettext("No answer came. Your tap may not have landed: look, then try again."));
  }

  /** @param {object} message */
  send(message) {
    if (!this.socket?.send(message)) this.refuse(whyNot({ code: "offline" }));
  }

  /** @param {import("../wire.js").Status} word */
  showStatus(word) {
    showStatus(word);
    if (word === "over") showNotice(gettext("This class is over. Thank you for being here."));
    if (word !== "live") for (const button of this.buttons) button.disabled = true;
  }

  get buttons() {
    return /** @type {NodeListOf<HTMLButtonElement>} */ (
      this.page.querySelectorAll("[data-tap], [data-take], [data-step], [data-give-back]")
    );
  }

  /** @param {ClassState} state */
  showState(state) {
    const closed = state.paused || state.door === "ended";
    for (const button of this.buttons)
      if (!button.dataset.step) button.disabled = closed || (button.dataset.take !== undefined && !state.volunteers);
    showNotice(state.paused ? gettext("Hands off for a moment: look at the screen in front.") : null);
    part("[data-no-volunteers]").hidden = state.volunteers;
    this.naming.allow(state.own_names);
    this.voting.ask(state.question);
  }

  /** @param {You} you */
  show(you) {
    say(part("[data-name]"), you.name);
    say(part("[data-key]"), you.key);
    wear(part("[data-glyph]"), glyph(this.keys, you.key));
    say(part("[data-sent]"), number(you.sent));
    this.voting.voted(you.vote);
    this.showRecord(you);
    this.showMember(you.member);
  }

  /** @param {You} you */
  showRecord({ record, card }) {
    part("[data-none]").hidden = record !== null;
    part("[data-last]").hidden = record === null;
    if (!record) return;
    const place = { topic: record.topic, partition: record.partition, offset: number(record.offset) };
    say(part("[data-place]"), interpolate(gettext("%(topic)s, partition %(partition)s, offset %(offset)s"), place));
    say(part("[data-made]"), card === null || card === undefined ? "…" : (this.words.get(card) ?? String(card)));
    const lines = record.steps.map(({ title, icon, by, did }) => {
      const line = document.createElement("li");
      line.dataset.did = did;
      line.append(words(`${icon} ${title}: `), words(interpolate(DID()[did], { member: by })));
      return line;
    });
    part("[data-gone]").hidden = !record.gone;
    const list = part("[data-reads]");
    if (list.textContent !== lines.map((line) => line.textContent).join("")) list.replaceChildren(...lines);
  }

  /** @param {import("./classsocket.js").OwnMember | null} member */
  showMember(member) {
    part("[data-volunteer]").hidden = member !== null;
    part("[data-member]").hidden = member === null;
    if (!member) return;
    say(part("[data-member-name]"), member.name);
    const reads = member.reads.map(([topic, partition]) => `${topic} P${partition}`).join(", ");
    const idle = gettext("You read no partition: there are more members than partitions.");
    const gone = gettext("Your member is not in its group just now.");
    say(part("[data-member-reads]"), !member.there ? gone : reads ? interpolate(gettext("You read %(places)s."), { places: reads }) : idle);
    part("[data-by-hand-only]").hidden = !member.by_hand;
    const { hand } = member;
    say(
      part("[data-hand]"),
      hand
        ? interpolate(HAND()[hand.did], { ...hand, offset: number(hand.offset) })
        : gettext("Nothing in hand: the next record comes by itself."),
    );
    this.enable("handle", hand?.did === "read");
    this.enable("commit", hand?.did === "handled");
    if (!this.announced) this.tabs.choose("member");
    this.announced = true;
  }

  /** @param {string} step @param {boolean} enabled */
  enable(step, enabled) {
    /** @type {HTMLButtonElement} */ (part(`[data-step="${step}"]`)).disabled = !enabled;
  }

  /** @param {string} message */
  refuse(message) {
    for (const place of /** @type {NodeListOf<HTMLElement>} */ (this.page.querySelectorAll("[data-refusal]"))) {
      say(place, message);
      place.hidden = false;
    }
    clearTimeout(this.refusalTimer);
    this.refusalTimer = setTimeout(() => {
      for (const place of /** @type {NodeListOf<HTMLElement>} */ (this.page.querySelectorAll("[data-refusal]"))) place.hidden = true;
    }, TOLD_FOR);
  }

  /** It is fetched when it is looked at first: most phones never do. */
  showPicture() {
    void import("../room/kafka-diagram.js");
  }
}

/** @param {string} text */
function words(text) {
  const node = document.createElement("span");
  node.textContent = text;
  return node;
}

const DID = () =>
  /** @type {Record<string, string>} */ ({
    read: gettext("read by %(member)s"),
    handled: gettext("handled by %(member)s"),
    committed: gettext("done by %(member)s, bookmark set"),
  });

const HAND = () =>
  /** @type {Record<string, string>} */ ({
    read: gettext("In your hand: %(topic)s partition %(partition)s, offset %(offset)s. Not handled yet."),
    handled: gettext("Handled: %(topic)s partition %(partition)s, offset %(offset)s. The bookmark is still before it."),
  });

const page = document.querySelector("[data-phone]");
if (page instanceof HTMLElement) void new Phone(page).begin();
