/** The host's secret stands behind the # of an address, before the step of a lesson. It becomes the page's token before anything asks for one. */

import { use } from "../renewal.js";

export const secret =
  location.hash
    .slice(1)
    .split("/")
    .find((part) => part !== "" && !/^\d{1,3}$/.test(part)) ?? "";

/** From now on another one is: the page begins anew with it, at the step where it was. @param {string} fresh */
export function renewSecret(fresh) {
  use(fresh); // what is asked until the page is gone would be refused with the old one
  history.replaceState(null, "", location.href.replace(secret, fresh));
  location.reload();
}

if (secret) use(secret);
