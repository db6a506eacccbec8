/** Does what a step asks for: presses the scenario's button, or sends a panel's form, each when the one before was answered. */

import { whyNot } from "../room/page.js";
import { saidIn } from "../room/said.js";

/**
 * @typedef {import("./course.js").Press} Press
 * @typedef {(action: string, data: Record<string, string>) => Promise<any>} Act
 * @typedef {(path: string, fields: Record<string, string>) => Promise<string>} Post answers with why it was refused, or with nothing
 */

/** @param {Press[]} presses @param {Act} act @param {Post} post @returns {Promise<string>} why it was refused, or nothing */
export async function doAll(presses, act, post) {
  for (const press of presses) {
    const refused = press.post ? await post(press.post, press.fields ?? {}) : await pressed(press, act);
    if (refused) return refused;
  }
  return "";
}

/** @param {Press} press @param {Act} act */
async function pressed({ press, with: data = {}, times = 1 }, act) {
  for (let left = press ? times : 0; left > 0; left -= 1) {
    const reply = await act(/** @type {string} */ (press), data);
    if (reply.type === "refused") return whyNot(reply);
  }
  return "";
}

/** A panel's form is answered with the panel. @param {string} token @param {string} [origin] @returns {Post} */
export const poster =
  (token, origin = "") =>
  async (path, fields) => {
    const headers = { "X-Room-Token": token };
    const reply = await fetch(origin + path, { method: "POST", headers, body: new URLSearchParams(fields) }).catch(() => undefined);
    if (!reply) return whyNot({ code: "offline" });
    return reply.ok ? "" : saidIn(await reply.text()) || whyNot({});
  };
