/** In the player without a server: which record is followed, and the button that ends it. The panel of a room's page, with each step and its time, weighs too much here. */

import { gettext, interpolate } from "../room/i18n.js";
import { part, say } from "../room/page.js";

/** @typedef {import("../room/journey.js").Followed} Followed */

/** Has what is asked of the room's panel. */
export class JourneyPanel {
  constructor() {
    this.box = part("[data-journey]");
    this.epoch = 0;
    this.words = "";
  }

  /** @param {Followed} record */
  follow({ key }) {
    this.words = interpolate(gettext("Following the record with key %(key)s"), { key: key ?? gettext("none") });
    say(part("[data-followed]"), this.words);
    this.box.hidden = false;
  }

  stop() {
    this.box.hidden = true;
  }

  add() {}

  restate() {}

  summary() {
    return this.words;
  }
}
