/**
 * htmx sends what is used in the panels, and asks for them anew. Most visitors use none, and it weighs an eighth of the page: so it
 * comes when a panel is seen first. Who is quicker waits, and what they did is then done.
 */

const PLACE = new URL("../../django_htmx/htmx-2.min.js", import.meta.url).href;
/** As htmx marks what it is asking for. */
const ASKING = "htmx-request";

const isHere = () => "htmx" in globalThis;

/** It looks over the page once that is complete, and never if it comes between. @returns {Promise<void>} */
const complete = () =>
  new Promise((done) => (document.readyState === "complete" ? done() : addEventListener("load", () => done(), { once: true })));

/** @returns {Promise<void>} */
async function add() {
  await complete();
  const script = Object.assign(document.createElement("script"), { src: PLACE });
  const come = new Promise((done, fail) => Object.assign(script, { onload: done, onerror: fail }));
  document.head.append(script);
  await come;
}

export class Sending {
  /** @param {AbortSignal} signal */
  constructor(signal) {
    this.coming = /** @type {Promise<void> | undefined} */ (undefined);
    if (isHere()) return;
    const sight = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && void this.fetch());
    for (const panel of document.querySelectorAll("[hx-get], [hx-post]")) sight.observe(panel);
    signal.addEventListener("abort", () => sight.disconnect());
    for (const type of ["submit", "change"]) document.addEventListener(type, (event) => void this.hold(event), { capture: true, signal });
  }

  /** Whether it is here; if not it will come. */
  get isReady() {
    if (!isHere()) void this.fetch();
    return isHere();
  }

  /** Where it did not come, the next who needs it tries again. */
  async fetch() {
    this.coming ??= add();
    await this.coming.catch(() => {
      this.coming = undefined;
    });
  }

  /** @param {Event} event */
  async hold(event) {
    const { target, type } = event;
    const form = target instanceof Element ? target.closest("[hx-post]") : null;
    if (isHere() || !(form instanceof HTMLFormElement)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    form.classList.add(ASKING);
    await this.fetch();
    form.classList.remove(ASKING);
    if (!isHere() || !form.isConnected) return;
    // It goes by the click which button sends.
    if (type === "submit") /** @type {HTMLElement | null} */ (/** @type {SubmitEvent} */ (event).submitter)?.click();
    else target?.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
