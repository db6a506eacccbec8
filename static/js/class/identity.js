/** Who this phone is. Where nothing may be stored it is somebody new after each reload, and all else works. */

/** Milliseconds: on a network that swallows everything nothing else ends the wait. */
const LONGEST = 12000;

/** @param {string} code */
const nameOf = (code) => `kafkaviz.${code}`;

/** @param {string} code */
function remembered(code) {
  try {
    return localStorage.getItem(nameOf(code)) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} code @param {string} token */
function remember(code, token) {
  try {
    localStorage.setItem(nameOf(code), token);
  } catch {
    // A phone that stores nothing is somebody new after the next reload.
  }
}

/**
 * Come in, as who one was before if that is known.
 * @param {string} code @param {string} address @returns {Promise<{token: string, name: string, problem: string}>}
 */
export async function enter(code, address) {
  const headers = { "X-Room-Token": remembered(code) };
  const reply = await fetch(address, { method: "POST", headers, signal: AbortSignal.timeout(LONGEST) }).catch(() => undefined);
  const answer = await reply?.json().catch(() => undefined);
  if (!reply?.ok || !answer) return { token: "", name: "", problem: answer?.error?.message ?? "" };
  remember(code, answer.token);
  return { ...answer, problem: "" };
}
