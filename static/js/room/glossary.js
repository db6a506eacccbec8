/** Words that light their part of the picture up: one at a time, until it is pressed again. */

import { part } from "./page.js";

export class Glossary {
  /** @param {HTMLElement} diagram @param {AbortSignal} signal */
  constructor(diagram, signal) {
    this.diagram = diagram;
    this.buttons = /** @type {HTMLElement[]} */ ([...part("[data-glossary]").querySelectorAll("[data-light]")]);
    for (const button of this.buttons) button.addEventListener("click", () => this.press(button), { signal });
  }

  /** @param {HTMLElement} pressed */
  press(pressed) {
    const lit = pressed.getAttribute("aria-pressed") !== "true";
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button === pressed && lit));
    if (lit) this.diagram.dataset.lit = pressed.dataset.light;
    else delete this.diagram.dataset.lit;
    if (lit) this.diagram.scrollIntoView({ block: "nearest" });
  }
}
