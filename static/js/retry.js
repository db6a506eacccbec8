/** The page of a room that can't open just now asks again by itself, and goes in as soon as it can. It can be told to stop. */

import { gettext } from "./room/i18n.js";

const EVERY = 5000;
const NOT_NOW = 503;

/** @param {string} selector */
const part = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector));

/** The reason may have changed meanwhile. @param {string} page */
function showReason(page) {
  const text = new DOMParser().parseFromString(page, "text/html").querySelector("[data-message]")?.textContent ?? "";
  const place = part("[data-message]");
  if (text && place.textContent !== text) place.textContent = text;
}

async function tryAgain() {
  const answer = await fetch(document.URL, { headers: { Accept: "text/html" } }).catch(() => undefined);
  if (!answer) return;
  if (answer.status === NOT_NOW) return showReason(await answer.text());
  stop();
  location.replace(answer.url);
}

let asking = false;

const timer = setInterval(async () => {
  if (asking) return;
  asking = true;
  await tryAgain();
  asking = false;
}, EVERY);

function stop() {
  clearInterval(timer);
}

const button = part("[data-retry-stop]");
button.hidden = false;
button.addEventListener("click", () => {
  stop();
  button.hidden = true;
  part("[data-retry]").textContent = gettext("Not trying by itself any more.");
});
