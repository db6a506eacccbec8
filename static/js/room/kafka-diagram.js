/** <kafka-diagram>: wires the socket, or a saved run, to the player, the player to what it shows, and people to both. */

import { Controls } from "./controls.js";
import { gettext, setLanguage } from "./i18n.js";
import { learn } from "./keys.js";
import { LogTools } from "./logtools.js";
import { Looks } from "./looks.js";
import { part, showNotice, showReply, showSettings, showStatus } from "./page.js";
import { Playback } from "./playback.js";
import { Player } from "./player.js";
import { RecordedRun } from "./recorded.js";
import { RoomSocket } from "./socket.js";
import { TraceSource } from "./tracesource.js";
import { Views } from "./views.js";

/**
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./types.js").Topology} Topology
 */

const SECOND = 1000;
/** The line that says the moment counts tenths of a second, not frames. */
const MOMENT_EVERY = 90;
/** @type {import("./controls.js").Wish} */
const RELAX = (playback, now) => playback.relax(now);

class KafkaDiagram extends HTMLElement {
  /** A saved run to show instead of the room's socket. @type {import("./trace.js").Trace | undefined} */
  trace;
  /** @type {Player | undefined} */
  player;
  /** @type {Views | undefined} */
  views;
  /** @type {Controls | undefined} */
  controls;
  /** @type {Topology | undefined} */
  topology;
  /** @type {Map<string, number>} */
  registry = new Map();
  /** Parts of the page that show the moment and are on screen. @type {Set<Element>} */
  inSight = new Set();
  /** What had focus when a record's panel was opened. @type {Element | null} */
  opener = null;
  drawnModes = "";
  drawnMoment = 0;

  connectedCallback() {
    const topology = /** @type {Topology} */ (this.trace?.head.topology ?? JSON.parse(part("#topology").textContent ?? "{}"));
    const playback = this.trace ? new RecordedRun(topology.icons) : new Playback(topology.icons);
    this.topology = topology;
    this.ending = new AbortController();
    this.registry = new Map();
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
    clearInterval(this.secondly);
  }

  introduce() {
    this.tabIndex = 0;
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", gettext("The picture: Space stops and plays, the arrow keys step, Escape ends following"));
  }

  /** @param {Views} views @param {Topology} topology */
  buildControls(views, topology) {
    const { signal } = /** @type {AbortController} */ (this.ending);
    const box = this.closest(".picture");
    this.controls = new Controls(/** @type {HTMLElement} */ (box ?? this), this, (wish) => this.player?.do(wish), signal);
    this.drawControls();
    this.tools = new LogTools(part("#log"), () => views.shownHops(), topology.code, signal);
    this.looks = new Looks(topology, { still: (still) => this.keepStill(still), unfold: (all) => views.unfold(all) }, signal);
    this.looks.show();
  }

  observe() {
    this.size = new ResizeObserver((entries) => this.views?.resize(entries[entries.length - 1].contentRect));
    this.size.observe(this);
    this.sight = new IntersectionObserver((entries) => this.sighted(entries));
    for (const node of [this, ...document.querySelectorAll("#log, #state, #cards")]) this.sight.observe(node);
  }

  connect() {
    showStatus("connecting");
    const listener = /** @type {import("./socket.js").Listener} */ ({
      backlog: (frame) => this.takeBacklog(frame),
      hops: (frame) => this.takeHops(frame.hops),
      status: (word) => this.showConnection(word),
    });
    this.socket = this.trace
      ? new TraceSource(this.trace, listener)
      : new RoomSocket(this.topology?.socket ?? "", document.body.dataset.token ?? "", listener);
    this.socket.open();
  }

  listen() {
    const { signal } = /** @type {AbortController} */ (this.ending);
    document.addEventListener("visibilitychange", () => this.see(), { signal });
    document.addEventListener("submit", (event) => this.press(event), { signal });
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
      if (isIntersecting) this.inSight.add(target);
      else this.inSight.delete(target);
    }
    this.see();
  }

  /** Who reads the text or the table watches too. */
  see() {
    this.player?.watch(this.inSight.size > 0 && !document.hidden);
  }

  /** @param {any} frame */
  takeBacklog(frame) {
    this.learnKeys(frame.hops);
    if (this.views) this.views.epoch = frame.room.epoch;
    this.player?.backlog(frame);
    showNotice(frame.room.notice);
    showSettings(frame.room.settings);
    this.socket?.sawUpTo(frame.seq);
  }

  /** What is in the log has been taken, whatever is shown. @param {Hop[]} hops */
  takeHops(hops) {
    this.learnKeys(hops);
    this.player?.hops(hops);
    this.socket?.sawUpTo(hops.at(-1)?.seq ?? 0);
  }

  /** @param {Hop[]} hops */
  learnKeys(hops) {
    for (const hop of hops) if (hop.type === "send" || hop.type === "ack") learn(this.registry, hop.key);
  }

  /** @param {Hop[]} hops @param {number} now */
  played(hops, now) {
    this.views?.played(hops, now);
    this.drawControls();
  }

  /** @param {number} now */
  jumped(now) {
    this.views?.jumped(now);
    this.drawControls();
  }

  everySecond() {
    if (!this.player || document.hidden) return;
    this.relax(this.player);
    this.views?.everySecond(performance.now());
    this.drawControls();
  }

  /** What was dense is single again though no hop says so. @param {Player} player */
  relax(player) {
    const { isRunning, timeline } = player.playback;
    if (!player.watched || !isRunning || !timeline.levels.isDense) return;
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
    if (this.views?.followed === record) part("#journey-title").focus();
  }

  /** @returns {HTMLElement} */
  get wayBack() {
    const { opener, views } = this;
    if (opener instanceof HTMLElement && opener.isConnected) return opener;
    return views?.log.standIn(opener) ?? this;
  }

  stopFollowing() {
    if (!this.views?.followed) return;
    const within = part("[data-journey]").contains(document.activeElement);
    this.views.stopFollowing();
    if (within) this.wayBack.focus();
  }

  /** @param {boolean} still */
  keepStill(still) {
    this.classList.toggle("motionless", still);
    this.views?.keepStill(still);
  }

  /** @param {SubmitEvent} event */
  press(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const slug = form.dataset.act;
    const action = this.topology?.actions.find((one) => one.slug === slug);
    if (!action) return;
    event.preventDefault();
    void this.act(action, form);
  }

  /** @param {import("./types.js").Action} action @param {HTMLFormElement} form */
  async act(action, form) {
    const chosen = [...new FormData(form)].filter(([, value]) => value !== "");
    const reply = await this.socket?.act(action.slug, Object.fromEntries(chosen));
    showReply(form, reply);
    if (reply?.type === "accepted") this.views?.cards.add(action, reply, performance.now());
  }
}

customElements.define("kafka-diagram", KafkaDiagram);
