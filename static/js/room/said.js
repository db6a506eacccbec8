/** What a panel, or a page in its place, says was wrong. Pure. */

const SAID = /<p class="(?:refusal|lead)"[^>]*>([^<]*)</;
const ENTITIES = /** @type {Record<string, string>} */ ({ "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'" });

/** @param {string} html @returns {string} nothing where nothing was said */
export const saidIn = (html) => (SAID.exec(html)?.[1] ?? "").replace(/&(amp|lt|gt|quot|#x27);/g, (entity) => ENTITIES[entity]);
