/** How many chose which answer, and which was right: said, marked and drawn, never by colour alone. */

import { gettext, interpolate, number } from "../room/i18n.js";

/** @param {import("./classsocket.js").Question} question */
export function bars({ options, answers, votes }) {
  const list = document.createElement("ul");
  list.className = "bars";
  list.append(...options.map((option) => bar(option, answers.includes(option.value), votes)));
  return list;
}

/** @param {import("./classsocket.js").Option} option @param {boolean} right @param {number} all */
function bar({ title, votes }, right, all) {
  const line = document.createElement("li");
  line.classList.toggle("right", right);
  const words = document.createElement("span");
  words.className = "bar-title";
  words.textContent = right ? interpolate(gettext("✓ %(answer)s, so it was"), { answer: title }) : title;
  line.append(words);
  if (votes !== undefined) {
    const meter = document.createElement("meter");
    meter.max = Math.max(1, all);
    meter.value = votes;
    meter.setAttribute("aria-label", title);
    const count = document.createElement("output");
    count.textContent = number(votes);
    line.append(meter, count);
  }
  return line;
}
