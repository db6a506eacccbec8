/** What can be done with the text: show only some lines, copy them, keep the hops as a file, say how much is announced. */

import { interpolate, ngettext, number } from "./i18n.js";
import { copyOrMark, part, say } from "./page.js";

/** @typedef {import("./types.js").Hop} Hop */

export class LogTools {
  /** @param {HTMLElement} list @param {() => Hop[]} hops those up to the playhead @param {string} code of the room @param {AbortSignal} signal */
  constructor(list, hops, code, signal) {
    this.list = list;
    this.hops = hops;
    this.code = code;
    this.filter = /** @type {HTMLInputElement} */ (part("[data-log-filter]"));
    this.told = part("[data-log-told]");
    this.filter.addEventListener("input", () => this.sift(), { signal });
    part("[data-log-copy]").addEventListener("click", () => this.copy(), { signal });
    part("[data-log-export]").addEventListener("click", () => this.save(), { signal });
    this.growth = new MutationObserver((records) => this.siftNew(records));
    this.growth.observe(list, { childList: true });
    signal.addEventListener("abort", () => this.growth.disconnect());
  }

  sift() {
    for (const line of this.list.children) this.siftLine(line);
    const left = this.lines().length;
    const text = interpolate(ngettext("%(n)s line", "%(n)s lines", left), { n: number(left) });
    say(this.told, this.filter.value ? text : "");
  }

  /** @param {MutationRecord[]} records */
  siftNew(records) {
    if (!this.filter.value) return;
    for (const { addedNodes } of records) for (const node of addedNodes) if (node instanceof Element) this.siftLine(node);
  }

  /** @param {Element} line */
  siftLine(line) {
    const words = this.filter.value.toLowerCase().split(" ").filter(Boolean);
    const text = line.textContent?.toLowerCase() ?? "";
    line.toggleAttribute("hidden", !words.every((word) => text.includes(word)));
  }

  /** Those that are shown, newest first. */
  lines() {
    return [...this.list.querySelectorAll("li:not([hidden])")].map(wordsOf);
  }

  async copy() {
    say(this.told, await copyOrMark(this.lines().reverse().join("\n"), this.list));
  }

  save() {
    const file = new Blob([JSON.stringify(this.hops())], { type: "application/json" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = `kafkaviz-${this.code}-hops.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  }
}

/** Without the mark of the key, which is a picture. @param {Element} line */
const wordsOf = (line) =>
  [...line.childNodes]
    .filter(({ nodeName }) => nodeName !== "SPAN")
    .map(({ textContent }) => textContent)
    .join(" ");
