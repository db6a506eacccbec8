/** The parts of the room's page around the diagram: words for the connection, notice, rates, actions. */

import { gettext, interpolate, number } from "./i18n.js";

/** @param {string} selector @returns {HTMLElement} */
export const part = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector) ?? document.createElement("div"));

/** @param {HTMLElement} node @param {string} text */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Whether it could be written to the clipboard: without https, and where a person or a frame forbids it, a page may not.
 * @param {string} text @returns {Promise<boolean>}
 */
export async function copied(text) {
  const written = navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  return (await written) ?? false;
}

/** Copied, or else marked, ready for the keys; in words. @param {string} text @param {Node} node that shows it */
export async function copyOrMark(text, node) {
  if (await copied(text)) return gettext("Copied.");
  getSelection()?.selectAllChildren(node);
  return gettext("Marked: press Ctrl+C, or ⌘C, to copy.");
}

/** @param {string} word */
export function showStatus(word) {
  const words = /** @type {Record<string, string>} */ ({
    connecting: gettext("connecting…"),
    live: gettext("connected"),
    reconnecting: gettext("reconnecting…"),
    recorded: gettext("recorded run"),
    over: gettext("this class is over"),
    asleep: gettext("This room sleeps: its place was wanted. Reload the page to wake it."),
    refused: gettext("This room does not answer. Reload the page to try again."),
  });
  const node = part("[data-status-line]");
  node.dataset.status = word;
  say(node, words[word]);
}

/** @param {string | null} notice */
export function showNotice(notice) {
  const node = part("[data-notice]");
  node.hidden = !notice;
  say(node, notice ?? "");
}

/** Seconds after which what was told last is no news. */
const NO_NEWS = 2.5;

/**
 * What nobody has told yet is not known, and is not 0.
 *
 * @param {number} asked records a second @param {import("./rates.js").Reading | undefined} stored @param {number} time that is shown, seconds of the room @param {boolean} held
 */
export function showRates(asked, stored, time, held) {
  part("[data-rate-held]").hidden = !held;
  part("[data-rates]").hidden = asked === 0;
  say(part("[data-rate-asked]"), number(asked));
  say(part("[data-rate-stored]"), stored ? number(Math.round(stored.rate)) : "–");
  say(part("[data-rate-since]"), stored ? sinceWords(time - stored.until) : "");
}

/** @param {number} ago seconds */
export const sinceWords = (ago) => (ago < NO_NEWS ? "" : ` ${interpolate(gettext("(as of %(n)s s ago)"), { n: number(Math.floor(ago)) })}`);

/** While single records can be followed there is time for a hint; then it is said what one mark stands for. */
const LIVE_WORDS = () => [
  gettext("Too fast? Replay it slowly, or stop and step."),
  gettext("Too many to draw one by one: a capsule counts them."),
  gettext("A band is a flow: the wider, the more records a second. A single token is a sample."),
];

/** @param {import("./levels.js").Levels} levels */
export const liveWords = ({ top }) => LIVE_WORDS()[top];

const REFUSALS = () =>
  /** @type {Record<string, string>} */ ({
    offline: gettext("Not connected just now. Try again in a moment."),
    timeout: gettext("No answer came. Try again in a moment."),
  });

/** In words. @param {{code?: string, message?: string}} reply that refuses @returns {string} */
export const whyNot = ({ code = "", message }) => message ?? REFUSALS()[code] ?? gettext("That did not work.");

/** @param {HTMLElement} form @param {any} reply */
export function showReply(form, reply) {
  const place = /** @type {HTMLElement | null} */ (form.querySelector("[data-reply]"));
  if (!place) return;
  const refused = reply.type === "refused";
  say(place, refused ? whyNot(reply) : "");
  place.hidden = !refused;
}
