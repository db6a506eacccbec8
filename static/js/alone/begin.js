/** What player.js does: in a page it makes the element known, in the frame of one it plays. Built by `make player`. */

import { KafkavizRun } from "./element.js";
import { play } from "./inside.js";

/** @param {string[]} languages that there are words in */
export function begin(languages) {
  const { kafkavizRun } = document.documentElement.dataset;
  if (kafkavizRun) return play(JSON.parse(kafkavizRun));
  KafkavizRun.languages = languages;
  customElements.define("kafkaviz-run", KafkavizRun);
}
