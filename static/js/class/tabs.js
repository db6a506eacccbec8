/** Tabs by the pattern of the ARIA Authoring Practices: arrows move, and what is chosen is shown at once. */

export class Tabs {
  /** @param {HTMLElement} page @param {(id: string) => void} shown which panel */
  constructor(page, shown) {
    this.tabs = /** @type {HTMLElement[]} */ ([...page.querySelectorAll('[role="tab"]')]);
    this.shown = shown;
    for (const tab of this.tabs) {
      tab.addEventListener("click", () => this.choose(tab.getAttribute("aria-controls") ?? ""));
      tab.addEventListener("keydown", (event) => this.move(event, tab));
    }
  }

  /** @param {string} id of a panel */
  choose(id) {
    for (const tab of this.tabs) {
      const panel = tab.getAttribute("aria-controls") ?? "";
      const chosen = panel === id;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      const node = document.getElementById(panel);
      if (node) node.hidden = !chosen;
    }
    this.shown(id);
  }

  /** @param {KeyboardEvent} event @param {HTMLElement} from */
  move(event, from) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = this.tabs[(this.tabs.indexOf(from) + by + this.tabs.length) % this.tabs.length];
    next.focus();
    this.choose(next.getAttribute("aria-controls") ?? "");
  }
}
