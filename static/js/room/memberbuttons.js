/** − and + in each group's box: they press those of the panel, so that there is one way to do it, and one word for each. */

/** @typedef {import("./layout.js").GroupPlace} GroupPlace */

const CHANGES = /** @type {const} */ (["remove", "add"]);
const SIGNS = { remove: "−", add: "+" };
const SIZE = 24;
/** px at least, however small the picture is: what a pointer can hit. */
const LEAST = 24;

export class MemberButtons {
  /** @param {HTMLElement} host of the picture */
  constructor(host) {
    this.host = host;
    this.buttons = /** @type {Map<string, HTMLButtonElement>} */ (new Map());
  }

  /** @param {GroupPlace[]} groups @param {number} zoom */
  draw(groups, zoom) {
    const wanted = new Set(groups.flatMap(({ group }) => CHANGES.map((change) => `${group.name}-${change}`)));
    for (const [id, button] of this.buttons) {
      if (wanted.has(id)) continue;
      button.remove();
      this.buttons.delete(id);
    }
    for (const group of groups) for (const [index, change] of CHANGES.entries()) this.place(group, change, index, zoom);
  }

  /** @param {GroupPlace} place @param {"add" | "remove"} change @param {number} index @param {number} zoom */
  place({ group: { name }, x, y, w }, change, index, zoom) {
    const id = `${name}-${change}`;
    const own = /** @type {HTMLButtonElement | null} */ (document.getElementById(id));
    if (!own) return;
    const button = this.buttons.get(id) ?? this.make(id, change);
    button.disabled = own.disabled;
    button.setAttribute("aria-label", own.getAttribute("aria-label") ?? "");
    const size = Math.max(LEAST, SIZE * zoom);
    const left = (x + w - 10 - (1 - index) * 4) * zoom - (2 - index) * size;
    const top = (y + 10 + SIZE / 2) * zoom - size / 2;
    const box = { left, top, width: size, height: size, "font-size": (size * 2) / 3 };
    for (const [name, length] of Object.entries(box)) button.style.setProperty(name, `${length}px`);
  }

  /** @param {string} id @param {"add" | "remove"} change */
  make(id, change) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "of-members";
    button.dataset.presses = id;
    button.textContent = SIGNS[change];
    button.addEventListener("click", () => document.getElementById(id)?.click());
    this.host.append(button);
    this.buttons.set(id, button);
    return button;
  }
}
