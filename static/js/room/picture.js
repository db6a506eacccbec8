/** The picture itself: an SVG in which the state at the playhead stands and what is on its way moves. */

import { gettext } from "./i18n.js";
import { layOut } from "./layout.js";
import { Renderer } from "./renderer.js";
import { sceneOf } from "./scene.js";
import { tokensOf } from "./tokens.js";

/**
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Flight} Flight
 * @typedef {import("./playback.js").Playback} Playback
 */

export class Picture {
  /** @param {HTMLElement} host @param {import("./types.js").Topology} topology @param {Map<string, number>} registry */
  constructor(host, topology, registry) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", gettext("Diagram of the room. The text log and the table say the same in words."));
    host.replaceChildren(svg);
    this.topology = topology;
    this.registry = registry;
    this.renderer = new Renderer(svg);
    this.width = 0;
    this.isStill = false;
    this.drawnJumps = 0;
    this.place = /** @type {import("./layout.js").Layout | undefined} */ (undefined);
  }

  /** To ask for the width in every frame would have the page laid out in every frame. @param {number} width */
  resize(width) {
    this.width = Math.floor(width);
    this.place = undefined;
  }

  /** What stands. @param {State} state @param {Playback} playback @param {number} now of the wall */
  drawScene(state, playback, now) {
    if (this.width === 0) return;
    const { topology, registry, renderer } = this;
    const { jumps, timeline } = playback;
    renderer.still(jumps !== this.drawnJumps);
    this.drawnJumps = jumps;
    this.place = layOut(topology, state, this.width, (topic) => timeline.levels.scaleOf(topic));
    renderer.resize(this.place.width, this.place.height);
    renderer.draw("scene", sceneOf(topology, state, this.place, registry, timeline.levels.flows(playback.shownTime(now))));
    renderer.halt(!playback.isRunning);
    renderer.crowd(timeline.levels.isDense);
  }

  /** What moves. @param {Playback} playback */
  drawTokens(playback) {
    if (!this.place) return;
    const { timeline, display } = playback;
    this.renderer.draw("tokens", tokensOf(timeline.flights, this.place, display, this.registry, this.wayOf(playback), this.isStill));
  }

  /** Where nothing travels an arrow stands for it: while the picture stands still, that of what moved last. @param {Playback} playback @returns {(flight: Flight) => boolean} */
  wayOf({ isRunning, lastStep, display }) {
    if (this.isStill) return () => true;
    if (isRunning) return () => false;
    return ({ id, land }) => land > display || id === `${lastStep?.type}-${lastStep?.seq}`;
  }
}
