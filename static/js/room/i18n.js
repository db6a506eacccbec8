/** Words and numbers in the reader's language. Django's JavaScriptCatalog supplies the words; without it English stays. */

/** @type {any} */
const catalog = globalThis;

let locale = "en";

/** @param {string} language */
export function setLanguage(language) {
  locale = language || "en";
}

/** @param {string} text @returns {string} */
export const gettext = (text) => (catalog.gettext ? catalog.gettext(text) : text);

/** @param {string} one @param {string} many @param {number} count @returns {string} */
export function ngettext(one, many, count) {
  if (catalog.ngettext) return catalog.ngettext(one, many, count);
  return count === 1 ? one : many;
}

/** The unit for that many. @param {import("./types.js").Show} show @param {number} count @returns {string} */
export const unitOf = (show, count) => (show.unit ? ngettext(...show.unit, count) : "");

/** "12 hearts" @param {import("./types.js").Show} show @param {number} count @returns {string} */
export const amount = (show, count) => `${number(count)} ${unitOf(show, count)}`.trim();

const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/;

/**
 * Somebody else's words in our sentence, shut in with themselves: what they turn round ends where they end (Unicode's FSI and PDI, UAX #9).
 *
 * @param {string} text
 */
export const isolated = (text) => (RIGHT_TO_LEFT.test(text) ? `\u2068${text.replace(/[\u2066-\u2069]/g, "")}\u2069` : text);

/** @param {string} format with %(name)s places @param {Record<string, unknown>} values */
export function interpolate(format, values) {
  return format.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));
}

const formats = /** @type {Map<string, Intl.NumberFormat>} */ (new Map());

/** @param {number} digits */
function formatOf(digits) {
  const known = formats.get(`${locale} ${digits}`);
  const format = known ?? new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  formats.set(`${locale} ${digits}`, format);
  return format;
}

/** A whole number has no decimals, a price has its two. @param {number} value @param {number} [digits] */
export function number(value, digits = Number.isInteger(value) ? 0 : 2) {
  return formatOf(digits).format(value);
}

/** "81%"; never all of it, or more, unless it is so. @param {number} share */
export function percent(share) {
  return new Intl.NumberFormat(locale, { style: "percent" }).format(Math.floor(share * 100 + 1e-6) / 100);
}

/** "23 November 2026 at 00:05" @param {Date} date */
export const day = (date) => new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" }).format(date);

/** "1, 2, and 3" @param {string[]} words */
export const listed = (words) => new Intl.ListFormat(locale, { type: "conjunction" }).format(words);

const MOMENT = /** @type {const} */ ({
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});

/** Where the reader is. @param {number} ms since 1970 */
export const moment = (ms) => new Intl.DateTimeFormat(locale, MOMENT).format(ms);
