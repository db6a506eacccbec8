/** A saved run that a frame falls back to. */

const PATIENCE = 8000;

/** Whether the server can be reached at all. @param {string} url of a saved run: they may be asked for from a sandbox, too @returns {Promise<boolean>} */
export const isReachable = (url) =>
  fetch(url, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) }).then(
    () => true,
    () => false,
  );

/** Its text; nothing if it did not come. @param {string} url @param {RequestInit} [init] @returns {Promise<string>} */
export const fetchRun = (url, init) =>
  fetch(url, init).then(
    (answer) => (answer.ok ? answer.text() : ""),
    () => "",
  );
