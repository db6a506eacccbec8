/** What is pressed in a panel while that is being answered: the answer brings new controls, so it waits, and is pressed then. */

/** @typedef {{panel: string, id: string, value: string | undefined}} Press value: of a select */

const PANEL = ".control[id]";

/** @param {Element | null} panel */
const isAsking = (panel) => panel !== null && (panel.matches(".htmx-request") || panel.querySelector(".htmx-request") !== null);

export class Presses {
  /** @param {AbortSignal} signal */
  constructor(signal) {
    this.waiting = /** @type {Press[]} */ ([]);
    document.addEventListener("click", (event) => this.hold(event, "button"), { capture: true, signal });
    document.addEventListener("change", (event) => this.hold(event, "select"), { capture: true, signal });
    document.addEventListener("htmx:afterRequest", () => setTimeout(() => this.next()), { signal });
  }

  /** @param {Event} event @param {"button" | "select"} kind */
  hold(event, kind) {
    const control = event.target instanceof Element ? event.target.closest(kind) : null;
    const panel = control?.closest(PANEL) ?? null;
    if (!control?.id || !panel || !isAsking(panel)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.waiting.push({ panel: panel.id, id: control.id, value: control instanceof HTMLSelectElement ? control.value : undefined });
  }

  /** One at a time: each is answered before the next, as a person would wait. */
  next() {
    const at = this.waiting.findIndex(({ panel }) => !isAsking(document.getElementById(panel)));
    if (at < 0) return;
    const [press] = this.waiting.splice(at, 1);
    const control = document.getElementById(press.id);
    if (control instanceof HTMLSelectElement) {
      control.value = press.value ?? control.value;
      control.dispatchEvent(new Event("change", { bubbles: true }));
    } else control?.click();
    this.next();
  }
}
