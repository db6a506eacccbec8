/** The list of lessons: which are done, and where one goes on. */

import { gettext, interpolate } from "../room/i18n.js";
import { progressOf } from "./progress.js";

for (const item of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-slug]"))) {
  const progress = progressOf(item.dataset.slug ?? "");
  const place = item.querySelector("[data-progress]");
  const link = item.querySelector("a");
  if (!progress || !place || !link) continue;
  item.classList.toggle("finished", progress.finished);
  if (progress.finished) place.textContent = ` · ${gettext("done")}`;
  else if (progress.step > 1) {
    link.hash = `#${progress.step}`;
    place.textContent = ` · ${interpolate(gettext("go on at step %(n)s"), { n: progress.step })}`;
  }
}
