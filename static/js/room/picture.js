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

/** The sizes that are tried where the picture must fit its frame, largest first. */
const ZOOMS = [2.2, 2, 1.8, 1.65, 1.5, 1.4, 1.3, 1.2, 1.1, 1, 0.9, 0.8];

export class Picture {
  /** A picture with `data-fit` is as large as fits the height of its place, and says no more than it must. @param {HTMLElement} host @param {import("./types.js").Topology} topology @param {Map<string, number>} registry */
  constructor(host, topology, registry) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", gettext("Diagram of the room. The text log and the table say the same in words."));
    host.replaceChildren(svg);
    this.topology = topology;
    this.registry = registry;
    this.renderer = new Renderer(svg);
    this.fits = host.dataset.fit !== undefined;
    this.width = 0;
    this.height = 0;
    this.isStill = false;
    this.unfolded = false;
    this.drawnJumps = 0;
    this.place = /** @type {import("./layout.js").Layout | undefined} */ (undefined);
  }

  /** To ask for the width in every frame would have the page laid out in every frame. @param {{width: number, height: number}} size */
  resize({ width, height }) {
    this.width = Math.floor(width);
    this.height = Math.floor(height);
    this.place = undefined;
  }

  /** @param {State} state @param {Playback} playback */
  layOut(state, { timeline: { levels } }) {
    const { topology, width, height, fits, unfolded } = this;
    const manner = { scaleOf: (/** @type {string} */ topic) => levels.scaleOf(topic), compact: fits, unfolded };
    let place = layOut(topology, state, width, manner);
    if (!fits) return { zoom: 1, place };
    for (const zoom of ZOOMS) {
      place = layOut(topology, state, Math.floor(width / zoom), manner);
      if (place.height * zoom <= height) return { zoom, place };
    }
    return { zoom: ZOOMS[ZOOMS.length - 1], place };
  }

  /** What stands. @param {State} state @param {Playback} playback @param {number} now of the wall */
  drawScene(state, playback, now) {
    if (this.width === 0) return;
    const { topology, registry, renderer } = this;
    const { zoom, place } = this.layOut(state, playback);
    const { jumps, timeline } = playback;
    renderer.still(jumps !== this.drawnJumps);
    this.drawnJumps = jumps;
    this.place = place;
    renderer.resize(place.width, place.height, zoom);
    renderer.draw("scene", sceneOf(topology, state, place, registry, timeline.levels.flows(playback.shownTime(now))));
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
  wayOf(playback) {
    if (this.isStill) return () => true;
    if (playback.isRunning) return () => false;
    const { lastStep, display } = playback;
    return ({ id, land }) => land > display || id === `${lastStep?.type}-${lastStep?.seq}`;
  }
}
