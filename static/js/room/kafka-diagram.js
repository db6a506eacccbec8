/** <kafka-diagram>: wires the socket, or a saved run, to the player, the player to what it shows, and people to both. */

import { Controls, LIVE } from "./controls.js";
import { focusOn } from "./framed.js";
import { Glossary } from "./glossary.js";
import { gettext, setLanguage } from "./i18n.js";
import { keysOf } from "./keys.js";
import { LogTools } from "./logtools.js";
import { Looks } from "./looks.js";
import { SPEEDS } from "./pace.js";
import { part, showNotice, showReply, showStatus } from "./page.js";
import { Panels } from "./panels.js";
import { Playback } from "./playback.js";
import { Player } from "./player.js";
import { Presses } from "./presses.js";
import { RecordedRun } from "./recorded.js";
import { RoomSocket } from "./socket.js";
import { Views } from "./views.js";

/**
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./types.js").Topology} Topology
 */

const SECOND = 1000;
const REST_AFTER = 10 * SECOND;
/** What comes when it is about to be seen. */
const LATE = "[data-rosters], [data-settings], #lag";
/** The line that says the moment counts tenths of a second, not frames. */
const MOMENT_EVERY = 90;
/** @type {import("./controls.js").Wish} */
const RELAX = (playback, now) => playback.relax(now);

class KafkaDiagram extends HTMLElement {
  /** A saved run to show instead of the room's socket. @type {import("./trace.js").Trace | undefined} */
  trace;
  /** What stands in for the socket then. @type {((listener: import("./socket.js").Listener) => import("./tracesource.js").TraceSource) | undefined} */
  source;
  /** @type {Player | undefined} */
  player;
  /** @type {Views | undefined} */
  views;
  /** @type {Controls | undefined} */
  controls;
  /** @type {Topology | undefined} */
  topology;
  /** The story's own keys. @type {Map<string, number>} */
  registry = new Map();
  /** Parts of the page that show the moment and are on screen. @type {Set<Element>} */
  inSight = new Set();
  /** What had focus when a record's panel was opened. @type {Element | null} */
  opener = null;
  hasBegun = false;
  drawnModes = "";
  drawnMoment = 0;

  connectedCallback() {
    // A poster has the same tag for its looks, and is a picture already.
    if (this.closest(".poster")) return;
    const topology = /** @type {Topology} */ (this.trace?.head.topology ?? JSON.parse(part("#topology").textContent ?? "{}"));
    const playback = this.trace ? new RecordedRun(topology.icons) : new Playback(topology.icons);
    this.topology = topology;
    this.ending = new AbortController();
    this.registry = keysOf(topology);
    setLanguage(document.documentElement.lang);
    this.introduce();
    const views = new Views(this, topology, this.registry, playback);
    this.views = views;
    this.player = new Player(playback, {
      played: (hops, now) => this.played(hops, now),
      jumped: (now) => this.jumped(now),
      draw: () => views.drawTokens(),
      busy: () => views.isBusy,
    });
    this.buildControls(views, topology);
    this.observe();
    this.connect();
    this.listen();
  }

  disconnectedCallback() {
    this.ending?.abort();
    this.socket?.close();
    this.player?.stop();
    this.size?.disconnect();
    this.sight?.disconnect();
    this.nearing?.disconnect();
    clearInterval(this.secondly);
    clearTimeout(this.resting);
  }

  introduce() {
    this.tabIndex = 0;
    this.setAttribute("role", "group");
    this.setAttribute(
      "aria-label",
      gettext("The picture: Space stops and plays, the arrow keys step, Tab leads to its rows, Escape ends following"),
    );
  }

  /** @param {Views} views @param {Topology} topology */
  buildControls(views, topology) {
    const { signal } = /** @type {AbortController} */ (this.ending);
    const box = this.closest(".picture");
    this.controls = new Controls(/** @type {HTMLElement} */ (box ?? this), this, (wish) => this.wish(wish), signal);
    this.drawControls();
    this.tools = new LogTools(part("#log"), () => views.shownHops(), topology.code, signal);
    const steps = this.trace ? undefined : (/** @type {boolean} */ stepwise) => this.goStepwise(stepwise);
    const wishes = {
      still: (/** @type {boolean} */ still) => this.keepStill(still),
      unfold: (/** @type {boolean} */ all) => views.unfold(all),
      steps,
    };
    this.looks = new Looks(topology, wishes, signal, this.isStepwise);
    this.looks.show();
    this.panels = new Panels(signal);
    this.presses = new Presses(signal);
    this.glossary = new Glossary(this, signal);
  }

  /** The page wants it shown one step for each press. */
  get isStepwise() {
    return this.dataset.stepwise !== undefined;
  }

  /** Once, when there is something to show: a room's first backlog makes it live. @param {number} slow as the page wants it */
  beginAt(slow) {
    if (this.hasBegun) return;
    this.hasBegun = true;
    // A room that is shown slowly is behind, and then nothing in it is waited for.
    if (SPEEDS.includes(slow) && (this.trace || !this.isStepwise)) this.player?.do((playback, now) => playback.speed(slow, now));
  }

  observe() {
    this.size = new ResizeObserver((entries) => this.views?.resize(entries[entries.length - 1].contentRect));
    this.size.observe(this);
    this.sight = new IntersectionObserver((entries) => this.sighted(entries));
    const read = "#log, #state, #cards, [data-rosters], [data-settings], #lag, #ledger, [data-lesson]";
    for (const node of [this, ...document.querySelectorAll(read)]) this.sight.observe(node);
    // What comes when it is seen comes a screen before, so that nothing moves below it under somebody's finger.
    const screen = /** @type {object} */ ({ rootMargin: "100%", scrollMargin: "100%" });
    this.nearing = new IntersectionObserver((entries) => this.neared(entries), screen);
    for (const node of document.querySelectorAll(LATE)) this.nearing.observe(node);
  }

  connect() {
    showStatus("connecting");
    const listener = /** @type {import("./socket.js").Listener} */ ({
      backlog: (frame) => this.takeBacklog(frame),
      hops: (frame) => this.takeHops(frame.hops),
      status: (word) => this.showConnection(word),
    });
    this.socket = this.source
      ? this.source(listener)
      : new RoomSocket(this.topology?.socket ?? "", document.body.dataset.token ?? "", listener);
    this.socket.open();
  }

  listen() {
    const { signal } = /** @type {AbortController} */ (this.ending);
    document.addEventListener("visibilitychange", () => this.see(), { signal });
    document.addEventListener("click", (event) => this.press(event), { signal });
    document.addEventListener("focusin", () => void this.views?.openToKeys(), { once: true, signal });
    this.addEventListener("unfold", () => this.looks?.unfold(), { signal });
    this.addEventListener("click", (event) => this.follow(this.views?.picture.renderer.recordAt(event.target)), { signal });
    document.addEventListener("follow", (event) => this.open(/** @type {CustomEvent} */ (event).detail), { signal });
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.stopFollowing(), { signal });
    part("[data-journey-end]").addEventListener("click", () => this.stopFollowing(), { signal });
    this.secondly = setInterval(() => this.everySecond(), SECOND);
  }

  /** @type {import("./socket.js").Listener["status"]} */
  showConnection(word) {
    if (word === "recorded") this.player?.playback.release();
    this.dataset.state = word;
    showStatus(word);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  sighted(entries) {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) this.inSight.delete(target);
      else this.inSight.add(target);
    }
    this.see();
  }

  /** @param {IntersectionObserverEntry[]} entries */
  neared(entries) {
    for (const { target, isIntersecting } of entries)
      if (isIntersecting) void this.views?.neared(/** @type {HTMLElement} */ (target), performance.now());
  }

  /** Who reads the text or the table watches too. */
  see() {
    const watched = this.inSight.size > 0 && !document.hidden;
    this.player?.watch(watched);
    if (this.dataset.rests !== undefined) this.restUnless(watched);
  }

  /** In somebody else's page, which may be long, a room that was left costs nothing. @param {boolean} watched */
  restUnless(watched) {
    clearTimeout(this.resting);
    if (!(this.socket instanceof RoomSocket)) return;
    const { socket } = this;
    if (watched) socket.wake();
    else this.resting = setTimeout(() => socket.rest(), REST_AFTER);
  }

  /** @param {any} frame */
  takeBacklog(frame) {
    if (this.views) this.views.epoch = frame.room.epoch;
    if (!this.trace) this.views?.resizeTopics(frame.room.partitions);
    this.panels?.begin();
    if (this.player && frame.room.incarnation !== this.player.playback.incarnation) this.beginAnew();
    this.player?.backlog(frame);
    this.beginAt(Number(this.dataset.slow));
    showNotice(frame.room.notice);
    this.socket?.sawUpTo(frame.seq);
  }

  /** In another log other records have the same places. */
  beginAnew() {
    this.stopFollowing();
    this.views?.cards.beginAnew();
  }

  /** What is in the log has been taken, whatever is shown. @param {Hop[]} hops */
  takeHops(hops) {
    this.player?.hops(hops);
    this.panels?.see(hops);
    this.socket?.sawUpTo(hops.at(-1)?.seq ?? 0);
  }

  /** @param {Hop[]} hops @param {number} now */
  played(hops, now) {
    this.views?.played(hops, now);
    this.drawControls();
    this.dispatchEvent(new CustomEvent("played", { detail: hops }));
  }

  /** @param {number} now */
  jumped(now) {
    this.views?.jumped(now);
    this.drawControls();
    this.dispatchEvent(new CustomEvent("jumped"));
  }

  everySecond() {
    // Of who looks at none of it only the panels go on, which are asked for where they are in sight.
    if (!this.player || document.hidden) return;
    if (!this.player.watched) return this.panels?.refresh();
    this.relax(this.player);
    this.views?.everySecond(performance.now());
    this.panels?.refresh();
    this.drawControls();
  }

  /** What was dense is single again though no hop says so. @param {Player} player */
  relax(player) {
    const { isRunning, timeline } = player.playback;
    if (!isRunning || !timeline.levels.isDense) return;
    this.views?.stale();
    player.do(RELAX);
  }

  drawControls() {
    const now = performance.now();
    if (!this.player || !this.views || !this.controls) return;
    const { playback } = this.player;
    const modes = `${playback.paused} ${playback.live} ${playback.slow} ${playback.jumps}`;
    if (modes === this.drawnModes && now - this.drawnMoment < MOMENT_EVERY) return;
    this.drawnModes = modes;
    this.drawnMoment = now;
    this.views.log.slowed = playback.slow > 1;
    this.controls.draw(playback, now);
  }

  /** @param {import("./journey.js").Followed | undefined} record */
  follow(record) {
    if (record) void this.views?.follow(record);
  }

  /** Who follows a record from the words is taken to its panel, and goes back from there. @param {import("./journey.js").Followed} record */
  async open(record) {
    if (!part("[data-journey]").contains(document.activeElement)) this.opener = document.activeElement;
    await this.views?.follow(record);
    if (this.views?.followed === record) focusOn(part("#journey-title"));
  }

  /** @returns {HTMLElement} */
  get wayBack() {
    const { opener, views } = this;
    if (opener instanceof HTMLElement && opener.isConnected) return opener;
    return views?.log.standIn(opener) ?? views?.picture.grid?.standIn(opener) ?? this;
  }

  stopFollowing() {
    if (!this.views?.followed) return;
    const within = part("[data-journey]").contains(document.activeElement);
    this.views.stopFollowing();
    if (within) focusOn(this.wayBack);
  }

  /** @param {import("./controls.js").Wish} wish */
  wish(wish) {
    if (wish === LIVE) this.looks?.live();
    this.player?.do(wish);
  }

  /** Who turns it off is taken to what is now. @param {boolean} stepwise */
  goStepwise(stepwise) {
    const playback = this.player?.playback;
    if (!playback || playback.stepwise === stepwise) return;
    playback.stepwise = stepwise;
    playback.strict = this.isStepwise;
    if (!stepwise && playback.paused) this.player?.do(LIVE);
  }

  /** @param {boolean} still */
  keepStill(still) {
    this.classList.toggle("motionless", still);
    this.views?.keepStill(still);
  }

  /** Not when its form is submitted: in a sandbox none ever is. @param {MouseEvent} event */
  press(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-action]") : null;
    const action = this.topology?.actions.find(({ slug }) => slug === button?.getAttribute("data-action"));
    const form = button?.closest("form");
    if (!action || !form) return;
    event.preventDefault();
    void this.act(action, form);
  }

  /** @param {import("./types.js").Action} action @param {HTMLFormElement} form */
  async act(action, form) {
    const chosen = [...new FormData(form)].filter(([, value]) => value !== "");
    showReply(form, await this.perform(action.slug, Object.fromEntries(chosen)));
  }

  /** Presses an action; answers as the room does, with `accepted` or `refused`. @param {string} slug @param {Record<string, any>} data */
  async perform(slug, data) {
    const action = this.topology?.actions.find((one) => one.slug === slug);
    const reply = await this.socket?.act(slug, data);
    if (action && reply?.type === "accepted") this.views?.cards.add(action, reply, performance.now());
    return reply;
  }

  /** Only these parts are drawn and told; all of them without a choice. @param {Set<string> | undefined} parts */
  reveal(parts) {
    this.views?.reveal(parts);
    this.player?.refresh();
  }

  /** Signs beside parts of the picture. @param {import("./used.js").Marks} marks */
  mark(marks) {
    this.views?.mark(marks);
  }
}

customElements.define("kafka-diagram", KafkaDiagram);
