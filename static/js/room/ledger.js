/** The room's account at the playhead, as sentences: what was produced, stored, handled, twice, never, and whether it adds up. */

import { gettext, interpolate, ngettext, number } from "./i18n.js";
import { usedPart } from "./used.js";

/**
 * @typedef {import("./types.js").Topology} Topology
 * @typedef {Record<string, number>} Counts
 * @typedef {{topics: Record<string, Counts>, groups: Record<string, Counts>, at_rest: boolean, balanced: boolean}} Account
 */

/** @param {string} one @param {string} many @param {number} count */
const some = (one, many, count) => interpolate(ngettext(one, many, count), { n: number(count) });

/** @param {number} count @param {string} text @returns {string[]} */
const unlessNone = (count, text) => (count > 0 ? [text] : []);

/** @param {Counts} counts @returns {string[]} */
function topicParts({ sent, stored, waiting, failed, unknown, others, vanished }) {
  return [
    some("%(n)s produced", "%(n)s produced", sent),
    some("%(n)s stored", "%(n)s stored", stored),
    ...unlessNone(waiting, some("%(n)s on its way", "%(n)s on their way", waiting)),
    ...unlessNone(failed, some("%(n)s given up by the producer", "%(n)s given up by the producer", failed)),
    ...unlessNone(unknown, some("%(n)s of which nobody told (acks=0)", "%(n)s of which nobody told (acks=0)", unknown)),
    ...unlessNone(
      others,
      some("%(n)s more in the log than were acknowledged here", "%(n)s more in the log than were acknowledged here", others),
    ),
    ...unlessNone(vanished, some("%(n)s ACKNOWLEDGED AND GONE", "%(n)s ACKNOWLEDGED AND GONE", vanished)),
  ];
}

/** @param {Counts} counts @returns {string[]} */
function groupParts({
  processed,
  again,
  dead,
  lost,
  skipped,
  by_guests: byGuests = 0,
  void: none = 0,
  in_hand: inHand,
  unread,
  uncommitted,
}) {
  return [
    some("%(n)s handled", "%(n)s handled", processed),
    ...unlessNone(again, some("%(n)s delivered again", "%(n)s delivered again", again)),
    some("%(n)s lost", "%(n)s lost", lost),
    ...unlessNone(dead, some("%(n)s in the dead letters", "%(n)s in the dead letters", dead)),
    ...unlessNone(skipped, some("%(n)s passed over by choice", "%(n)s passed over by choice", skipped)),
    ...unlessNone(byGuests, some("%(n)s read by a guest", "%(n)s read by guests", byGuests)),
    ...unlessNone(
      none,
      some("%(n)s offset without a record for it (transactions)", "%(n)s offsets without a record for it (transactions)", none),
    ),
    ...unlessNone(inHand, some("%(n)s in hand", "%(n)s in hand", inHand)),
    ...unlessNone(uncommitted, some("%(n)s with no bookmark behind it yet", "%(n)s with no bookmark behind them yet", uncommitted)),
    ...unlessNone(unread, some("%(n)s still to read", "%(n)s still to read", unread)),
  ];
}

/** Of a share group. @param {Counts} counts @returns {string[]} */
function shareParts({ processed, again, dead, rejected, given_up: givenUp, waiting }) {
  return [
    some("%(n)s accepted", "%(n)s accepted", processed),
    ...unlessNone(again, some("%(n)s handled again", "%(n)s handled again", again)),
    ...unlessNone(rejected, some("%(n)s rejected", "%(n)s rejected", rejected)),
    ...unlessNone(givenUp, some("%(n)s given up after the last delivery", "%(n)s given up after the last delivery", givenUp)),
    ...unlessNone(dead, some("%(n)s in the dead letters", "%(n)s in the dead letters", dead)),
    ...unlessNone(waiting, some("%(n)s waits to be answered for", "%(n)s wait to be answered for", waiting)),
  ];
}

/** @param {Account} account */
function verdict({ balanced, at_rest: atRest }) {
  if (!balanced) return gettext("✕ It does not add up.");
  return atRest ? gettext("✓ It adds up: each record is accounted for.") : gettext("✓ It adds up so far; records are under way.");
}

/** @param {Counts} counts */
const partsOf = (counts) => (counts.waiting === undefined ? groupParts(counts) : shareParts(counts));

/** @param {Topology} topology @param {Account} account @returns {[string, string, string][]} kind and name, title, sentence */
export function ledgerLines({ topics, groups }, account) {
  const produced = topics.filter(({ name }) => (account.topics[name]?.end ?? 0) + (account.topics[name]?.sent ?? 0) > 0);
  const known = groups.filter(({ name }) => account.groups[name]);
  return [
    ...produced.map(
      ({ name, title }) => /** @type {[string, string, string]} */ ([`topic/${name}`, title, topicParts(account.topics[name]).join(" · ")]),
    ),
    ...known.map(
      ({ name, title }) => /** @type {[string, string, string]} */ ([`group/${name}`, title, partsOf(account.groups[name]).join(" · ")]),
    ),
  ];
}

export class Ledger {
  /** @param {HTMLElement} place @param {Topology} topology */
  constructor(place, topology) {
    this.place = place;
    this.topology = topology;
    this.drawn = /** @type {Account | null | undefined} */ (undefined);
    /** What a lesson has introduced; without one, everything. */
    this.shown = /** @type {Set<string> | undefined} */ (undefined);
  }

  /** @param {Set<string> | undefined} parts */
  reveal(parts) {
    this.shown = parts;
    this.drawn = undefined;
  }

  /** @param {import("./types.js").State} state */
  draw(state) {
    const { ledger } = state;
    if (ledger === this.drawn) return;
    this.drawn = ledger;
    const nodes = ledger ? ledgerLines(usedPart(this.topology, state, this.shown), ledger).flatMap(lineNodes) : [];
    this.place.querySelector("[data-ledger-lines]")?.replaceChildren(...nodes);
    const told = this.place.querySelector("[data-ledger-verdict]");
    if (told instanceof HTMLElement) {
      told.textContent = ledger ? verdict(ledger) : gettext("Nothing was counted yet.");
      told.dataset.balanced = String(ledger?.balanced ?? true);
    }
  }
}

/** @param {[string, string, string]} line */
function lineNodes([id, title, text]) {
  const term = document.createElement("dt");
  const detail = document.createElement("dd");
  term.textContent = title;
  detail.textContent = text;
  detail.dataset.ledger = id;
  return [term, detail];
}
