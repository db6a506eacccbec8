/**
 * What a room has beside its first screen: words, table, controls, how to join and to save. Where there is room it is a drawer
 * beside the picture, open or closed as it was left; elsewhere it stands below, and a tab leads there.
 */

import { part } from "./page.js";

const NAME = "kafkaviz.drawer";
/** As in screen.css. */
const BESIDE = matchMedia("(min-width: 1200px) and (min-height: 560px)");
/** @type {Record<string, string>} */
const PLACES = {
  controls: ".side > .panel",
  words: "section.text",
  table: "#state-panel",
  terminal: "#terminal",
  share: "#share",
  help: "#about",
};
/** Keys that lead from the picture to a place in it. @type {Record<string, string>} */
const KEYS = { t: "words", "?": "help" };

const drawer = part("[data-drawer]");
const tabs = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-tab]")]);

/** A browser may keep nothing for a page. @param {(storage: Storage) => string | null | void} use */
function stored(use) {
  try {
    return use(localStorage) ?? "";
  } catch (error) {
    if (error instanceof DOMException) return "";
    throw error;
  }
}

/** @param {string} name of a tab, or nothing */
function show(name) {
  document.body.classList.toggle("drawn-out", name !== "");
  for (const tab of tabs) tab.setAttribute("aria-expanded", String(tab.dataset.tab === name));
}

/** @param {string} name */
function keep(name) {
  show(name);
  stored((storage) => storage.setItem(NAME, name));
}

/** @param {string} name */
function goTo(name) {
  const place = drawer.querySelector(PLACES[name]);
  if (place instanceof HTMLDetailsElement) place.open = true;
  place?.scrollIntoView({ block: "start" });
}

/** @param {string} name */
function press(name) {
  const isShown = BESIDE.matches && tabs.some((tab) => tab.dataset.tab === name && tab.getAttribute("aria-expanded") === "true");
  keep(isShown ? "" : name);
  if (!isShown) goTo(name);
}

for (const tab of tabs) tab.addEventListener("click", () => press(tab.dataset.tab ?? ""));
const opened = stored((storage) => storage.getItem(NAME));
show(Object.hasOwn(PLACES, opened) ? opened : "");
if (BESIDE.matches && document.body.classList.contains("drawn-out")) goTo(opened);

/** Whoever follows a record sees its way, and who is led there by a key what is there. */
const openFor = (/** @type {string} */ name) => !document.body.classList.contains("drawn-out") && show(name);
new MutationObserver(() => !part("[data-journey]").hidden && openFor("help")).observe(part("[data-journey]"), {
  attributeFilter: ["hidden"],
});
document.addEventListener(
  "keydown",
  ({ key, target }) => {
    if (KEYS[key] && target instanceof Element && target.closest(".picture")) openFor(KEYS[key]);
  },
  { capture: true },
);
