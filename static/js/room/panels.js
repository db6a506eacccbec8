/** The panels that htmx shows anew: they follow what others change, and nobody loses their place in one. */

import { whyNot } from "./page.js";
import { saidIn } from "./said.js";
import { Sending } from "./sending.js";
import { PANELS, panelsOf } from "./stale.js";

/** @typedef {import("./types.js").Hop} Hop */

/** @param {Element} panel */
const isInSight = (panel) => {
  const { top, bottom, height } = panel.getBoundingClientRect();
  return height > 0 && top < innerHeight && bottom > 0;
};

/** Somebody is at it, or it is being answered. @param {Element} panel */
const isInUse = (panel) => panel.contains(document.activeElement) || panel.querySelector(".htmx-request") !== null;

/** What was written, and what was chosen of what is no setting. @param {Element} panel */
const writtenIn = (panel) =>
  [...panel.querySelectorAll("input[id], select[data-kept]")].map(
    (input) => /** @type {[string, string]} */ ([input.id, /** @type {HTMLInputElement | HTMLSelectElement} */ (input).value]),
  );

/** Into the new one; what can't be chosen any more is not. @param {Element | null} field @param {string} value */
function writeInto(field, value) {
  if (field instanceof HTMLSelectElement) field.querySelector(`option[value="${CSS.escape(value)}"]`)?.setAttribute("selected", "");
  else field?.setAttribute("value", value);
}

/** @param {Element} panel */
const openParts = (panel) => [...panel.querySelectorAll("details[open]")].map((part) => /** @type {HTMLElement} */ (part).dataset.group);

/** What was pressed and not done must not look done. What a panel asks by itself it asks again. @param {CustomEvent} event */
function tellFailed({ target, detail: { requestConfig, xhr } }) {
  const panel = target instanceof Element ? target.closest(".control") : null;
  if (!panel || requestConfig.verb === "get") return;
  const told = panel.querySelector("[data-failed]") ?? panel.appendChild(document.createElement("p"));
  told.className = "refusal";
  told.setAttribute("role", "alert");
  told.setAttribute("data-failed", "");
  told.textContent = saidIn(xhr.responseText) || whyNot(xhr.status ? {} : { code: "offline" });
}

export class Panels {
  /** @param {AbortSignal} signal */
  constructor(signal) {
    this.stale = /** @type {Set<string>} */ (new Set());
    this.hasBegun = false;
    this.sending = new Sending(signal);
    this.before = { id: "", open: /** @type {(string | undefined)[]} */ ([]), written: /** @type {[string, string][]} */ ([]), focus: "" };
    document.addEventListener("htmx:beforeSwap", (event) => this.remember(/** @type {CustomEvent} */ (event)), { signal });
    document.addEventListener("htmx:afterSwap", () => this.restore(), { signal });
    for (const type of ["htmx:responseError", "htmx:sendError", "htmx:timeout"])
      document.addEventListener(type, (event) => tellFailed(/** @type {CustomEvent} */ (event)), { signal });
  }

  /** @param {Hop[]} hops as they arrive, whatever is shown */
  see(hops) {
    for (const id of panelsOf(hops)) this.stale.add(id);
  }

  /** The page came as things were; when a backlog comes later, nobody knows what was missed. */
  begin() {
    if (this.hasBegun) for (const id of PANELS) this.stale.add(id);
    this.hasBegun = true;
  }

  /** To be called once a second: a panel asks no more often. */
  refresh() {
    for (const id of this.stale) {
      const panel = document.getElementById(id);
      if (panel && (!isInSight(panel) || isInUse(panel) || !this.sending.isReady)) continue;
      this.stale.delete(id);
      panel?.dispatchEvent(new Event("stale"));
    }
  }

  /** What was asked for comes too late where somebody is at it by now. @param {CustomEvent} event */
  remember({ target, detail }) {
    const panel = /** @type {HTMLElement} */ (target);
    if (detail.requestConfig.verb === "get" && isInUse(panel)) {
      detail.shouldSwap = false;
      this.stale.add(panel.id);
    }
    const focus = panel.contains(document.activeElement) ? (document.activeElement?.id ?? "") : "";
    this.before = { id: panel.id, open: openParts(panel), written: writtenIn(panel), focus };
  }

  /** What was open is open, what was written stands there; where the control that had focus can't be used now, the first beside it has. */
  restore() {
    const { id, open, written, focus } = this.before;
    const panel = document.getElementById(id);
    for (const group of open) panel?.querySelector(`details[data-group="${group}"]`)?.setAttribute("open", "");
    for (const [field, value] of written) writeInto(document.getElementById(field), value);
    const control = focus ? document.getElementById(focus) : null;
    if (!control || panel?.contains(document.activeElement)) return;
    const near = control.closest("li, form")?.querySelector("button:enabled, select");
    if (near instanceof HTMLElement) near.focus();
  }
}
