/** A name of one's own, while whoever holds the class lets people choose. */

import { gettext } from "../room/i18n.js";
import { part, say } from "../room/page.js";

export class Naming {
  /** @param {(name: string) => Promise<any> | undefined} rename resolves with `you`, or with `refused` */
  constructor(rename) {
    this.rename = rename;
    this.form = /** @type {HTMLFormElement} */ (part("[data-rename] form"));
    this.details = /** @type {HTMLDetailsElement} */ (part("[data-rename]"));
    this.details.addEventListener("toggle", () => this.details.open && this.input.focus());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.submit();
    });
  }

  get input() {
    return /** @type {HTMLInputElement} */ (this.form.elements.namedItem("name"));
  }

  /** @param {boolean} allowed */
  allow(allowed) {
    this.details.hidden = !allowed;
    if (!allowed) this.done();
  }

  async submit() {
    const reply = await this.rename(this.input.value);
    if (reply?.type === "you") {
      this.done();
      this.details.querySelector("summary")?.focus();
    } else this.refuse(reply?.message ?? gettext("No answer came. Try again in a moment."));
  }

  done() {
    this.details.open = false;
    this.form.reset();
    this.refuse("");
  }

  /** @param {string} message nothing, if all is well */
  refuse(message) {
    const place = part("[data-rename-refusal]");
    say(place, message);
    place.hidden = message === "";
    this.input.setAttribute("aria-invalid", String(message !== ""));
  }
}
