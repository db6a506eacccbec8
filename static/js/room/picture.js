/** The picture itself: an SVG in which the state at the playhead stands and what is on its way moves. */

import { heatOf } from "./heat.js";
import { gettext } from "./i18n.js";
import { layOut } from "./layout.js";
import { markItems } from "./marked.js";
import { Renderer } from "./renderer.js";
import { sceneOf } from "./scene.js";
import { Snug } from "./snug.js";
import { tokensOf } from "./tokens.js";
import { usedPart, usedState } from "./used.js";

/**
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Flight} Flight
 * @typedef {import("./playback.js").Playback} Playback
 */

/** No narrower is anything drawn larger. */
const NARROWEST = 330;
/** The sizes that are tried where the picture must fit its frame, largest first. */
const ZOOMS = Array.from({ length: 48 }, (_, index) => (62 - index) / 25);

export class Picture {
  /** A picture with `data-fit` is as large as fits the height of its place, and says no more than it must. @param {HTMLElement} host @param {import("./types.js").Topology} topology @param {Map<string, number>} registry */
  constructor(host, topology, registry) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", gettext("Diagram of the room. The text log and the table say the same in words."));
    host.replaceChildren(svg);
    this.topology = topology;
    this.registry = registry;
    this.snug = host.dataset.fit === undefined ? undefined : new Snug(host.dataset.fit);
    this.renderer = new Renderer(svg, this.snug?.marks);
    this.host = host;
    /** They come when rows are folded first. */
    this.foldButtons = /** @type {import("./foldbuttons.js").FoldButtons | undefined} */ (undefined);
    /** It comes when something on the page gets focus: who only looks need not wait for it. */
    this.grid = /** @type {import("./grid.js").Grid | undefined} */ (undefined);
    this.memberButtons = /** @type {import("./memberbuttons.js").MemberButtons | undefined} */ (undefined);
    /** They come when a group has made something first. */
    this.worlds = /** @type {import("./worlds.js").Worlds | undefined} */ (undefined);
    this.width = 0;
    this.height = 0;
    this.isStill = false;
    this.unfolded = false;
    this.drawnJumps = 0;
    this.place = /** @type {import("./layout.js").Layout | undefined} */ (undefined);
    this.shown = /** @type {Set<string> | undefined} */ (undefined);
    this.marks = /** @type {import("./used.js").Marks} */ (new Map());
  }

  /** @param {import("./layout.js").Fold[]} folds @param {number} zoom */
  async drawFolds(folds, zoom) {
    const { FoldButtons } = await import("./foldbuttons.js");
    this.foldButtons ??= new FoldButtons(this.host);
    this.foldButtons.draw(folds, zoom);
  }

  /** @param {Playback} playback */
  async openWorlds({ log, position }) {
    const { Worlds } = await import("./worlds.js");
    if (this.worlds) return;
    this.worlds = new Worlds(this.topology);
    this.worlds.restate(log.between(log.first, position));
  }

  /** @param {State} state @param {import("./layout.js").Layout} place @param {Playback} playback */
  worldItems(state, place, playback) {
    if (!this.snug) return [];
    if (this.worlds) return this.worlds.items(state, place, this.registry);
    if (Object.keys(state.projections).length > 0) void this.openWorlds(playback);
    return [];
  }

  /** Where the room may be changed from this page, and there is room for them. @param {import("./layout.js").Layout} place @param {number} zoom */
  async drawMemberButtons({ groups, mode }, zoom) {
    if (!this.snug || this.snug.isStage || !document.getElementById("groups")) return;
    const { MemberButtons } = await import("./memberbuttons.js");
    this.memberButtons ??= new MemberButtons(this.host);
    this.memberButtons.draw(mode === "narrow" ? [] : Object.values(groups), zoom);
  }

  async openToKeys() {
    const { Grid } = await import("./grid.js");
    this.grid ??= new Grid(this.renderer.svg);
  }

  /** To ask for the width in every frame would have the page laid out in every frame. @param {{width: number, height: number}} size */
  resize({ width, height }) {
    this.width = Math.floor(width);
    this.height = Math.floor(height);
    this.place = undefined;
  }

  /** @param {import("./types.js").Topology} topology @param {State} state @param {Playback} playback @param {number} time */
  layOut(topology, state, { timeline: { levels } }, time) {
    const { width, height, snug, unfolded } = this;
    const manner = { scaleOf: (/** @type {string} */ topic) => levels.scaleOf(topic), compact: snug, unfolded, time };
    let place = layOut(topology, state, width, manner);
    if (!snug) return { zoom: 1, place };
    for (const zoom of ZOOMS.filter((one) => one <= 1 || width / one >= NARROWEST)) {
      place = layOut(topology, state, Math.floor(width / zoom), manner);
      if (place.height * zoom <= height) return { zoom, place };
    }
    return { zoom: ZOOMS[ZOOMS.length - 1], place };
  }

  /** What stands. @param {State} whole @param {Playback} playback @param {import("./trails.js").Trails} trails @param {number} now of the wall */
  drawScene(whole, playback, trails, now) {
    if (this.width === 0) return;
    const { registry, renderer } = this;
    const state = usedState(whole, this.shown);
    const topology = usedPart(this.topology, state, this.shown);
    const time = playback.shownTime(now);
    const { zoom, place } = this.layOut(topology, state, playback, time);
    const { jumps, timeline } = playback;
    renderer.still(jumps !== this.drawnJumps);
    this.drawnJumps = jumps;
    this.place = place;
    renderer.resize(place.width, place.height, zoom);
    if (place.folds.length > 0 || this.foldButtons) void this.drawFolds(place.folds, zoom);
    void this.drawMemberButtons(place, zoom);
    const scene = sceneOf(topology, state, place, registry, timeline.levels.flows(time), heatOf(place, state, trails, time));
    renderer.draw("scene", [...scene, ...this.worldItems(state, place, playback), ...markItems(this.marks, place)]);
    this.grid?.draw(topology, state, place, scene, registry, zoom);
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
