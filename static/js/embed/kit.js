/** The player, for a frame that begins with a poster: fetched when somebody is about to press, so that the first view is light. */

import { part } from "../room/page.js";

/** @typedef {typeof import("../room/tracepage.js")} Player */

const PATIENCE = 15_000;
const NOT_YET = "not all";
let coming = /** @type {Promise<Player> | undefined} */ (undefined);

/** @param {Element} node @returns {Promise<unknown>} */
const loaded = (node) =>
  new Promise((done, fail) => {
    node.addEventListener("load", done);
    node.addEventListener("error", () => fail(new TypeError(`${node.outerHTML} did not load`)));
  });

/** @returns {Promise<never>} */
const tooLate = () => new Promise((_, fail) => setTimeout(() => fail(new TypeError("the player did not load in time")), PATIENCE));

/** Its styles do not apply before it is there. */
async function load() {
  const template = /** @type {HTMLTemplateElement} */ (part("template[data-kit]"));
  const kit = /** @type {DocumentFragment} */ (document.importNode(template.content, true));
  const nodes = [...kit.children];
  const awaited = nodes.filter((node) => node.matches("script, [rel=stylesheet]")).map(loaded);
  for (const style of kit.querySelectorAll("link[rel=stylesheet]")) style.setAttribute("media", NOT_YET);
  part("[data-embed-style]").before(kit);
  try {
    await Promise.race([Promise.all(awaited), tooLate()]);
    return await Promise.race([import("../room/tracepage.js"), tooLate()]);
  } catch (error) {
    for (const node of nodes) node.remove();
    coming = undefined;
    throw error;
  }
}

/** @returns {Promise<Player>} */
function fetchPlayer() {
  coming ??= load();
  return coming;
}

/** Whoever points at a button or comes to it with a key may be about to press it. @param {HTMLElement} button */
export function fetchAhead(button) {
  const fetchNow = () => void fetchPlayer().catch(() => {});
  for (const sign of ["pointerenter", "focus"]) button.addEventListener(sign, fetchNow, { once: true });
}

/** The player with that run in place of the poster; or nothing changes, where they can't be had. @param {Promise<string>} run @returns {Promise<boolean>} */
export async function play(run) {
  const [player, text] = await Promise.all([fetchPlayer().catch(() => undefined), run]);
  if (!player || !text) return false;
  for (const style of document.querySelectorAll(`link[media="${NOT_YET}"]`)) style.removeAttribute("media");
  for (const node of document.querySelectorAll("[data-poster]")) node.remove();
  await player.show(Promise.resolve(text));
  return true;
}
