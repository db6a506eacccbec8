/** Over each row of folded partitions a button that unfolds them: a part of the picture itself can't be reached by keys. */

import { gettext, interpolate } from "./i18n.js";

/** @typedef {import("./layout.js").Fold} Fold */

export class FoldButtons {
  /** @param {HTMLElement} host of the picture */
  constructor(host) {
    this.host = host;
    this.buttons = /** @type {Map<string, HTMLButtonElement>} */ (new Map());
  }

  /** @param {Fold[]} folds @param {number} zoom */
  draw(folds, zoom) {
    const wanted = new Set(folds.map(({ topic }) => topic.name));
    for (const [name, button] of this.buttons) {
      if (wanted.has(name)) continue;
      button.remove();
      this.buttons.delete(name);
    }
    for (const fold of folds) this.place(this.buttons.get(fold.topic.name) ?? this.make(fold), fold, zoom);
  }

  /** @param {Fold} fold */
  make({ topic, from }) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "unfold";
    const values = { title: topic.title, first: from, last: topic.partitions - 1 };
    button.setAttribute("aria-label", interpolate(gettext("%(title)s: show P%(first)s to P%(last)s too"), values));
    button.addEventListener("click", () => this.host.dispatchEvent(new CustomEvent("unfold")));
    this.host.append(button);
    this.buttons.set(topic.name, button);
    return button;
  }

  /** @param {HTMLButtonElement} button @param {Fold} fold @param {number} zoom */
  place(button, { x, y, w, h }, zoom) {
    const [left, top, width, height] = [x, y, w, h].map((length) => `${length * zoom}px`);
    Object.assign(button.style, { left, top, width, height });
  }
}
