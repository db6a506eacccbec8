/** <kafka-diagram>: wires the socket, or a saved run, to the player, and the player to the picture, the text, the table and the cards. */

import { Cards } from "./cards.js";
import { Controls } from "./controls.js";
import { HealthLine } from "./healthline.js";
import { gettext, setLanguage } from "./i18n.js";
import { isAbout, isSame } from "./journey.js";
import { JourneyPanel } from "./journeypanel.js";
import { learn } from "./keys.js";
import { isEmitted } from "./layout.js";
import { SINGLE } from "./levels.js";
import { LogTools } from "./logtools.js";
import { Looks } from "./looks.js";
import { liveWords, part, say, showNotice, showRates, showReply, showSettings, showStatus } from "./page.js";
import { Picture } from "./picture.js";
import { Playback } from "./playback.js";
import { Player } from "./player.js";
import { measure, rate } from "./rates.js";
import { RecordedRun } from "./recorded.js";
import { sentence } from "./sentences.js";
import { RoomSocket } from "./socket.js";
import { StateTable } from "./table.js";
import { TextLog } from "./textlog.js";
import { TraceSource } from "./tracesource.js";

/** @typedef {import("./types.js").Hop} Hop */

const SECOND = 1000;
/** The line that says the moment counts tenths of a second, not frames. */
const MOMENT_EVERY = 90;
/** How far back the rate looks, in seconds. */
const RATE_WINDOW = 3;
/** What a jump looks back over for the text. */
const LOOK_BACK = 400;
/** While more passes than an eye can follow, the numbers change this often, all of them at once. */
const CALM_EVERY = 100;
/** @type {import("./controls.js").Wish} */
const RELAX = (playback, now) => playback.relax(now);

class KafkaDiagram extends HTMLElement {
  /** A saved run to show instead of the room's socket. @type {import("./trace.js").Trace | undefined} */
  trace;
  /** @type {Controls | undefined} */
  controls;
  /** What had focus when a record's panel was opened. @type {Element | null} */
  opener = null;
  /** @type {import("./rates.js").Meter} */
  meter = [];
  /** @type {Hop | null | undefined} */
  narrated = null;
  /** @type {import("./types.js").Topology | undefined} */
  topology;
  drawnModes = "";
  drawnMoment = 0;
  drawnAt = 0;
  /** Shown, and not yet in the numbers. @type {Hop[]} */
  fresh = [];

  connectedCallback() {
    this.topology = this.trace?.head.topology ?? JSON.parse(part("#topology").textContent ?? "{}");
    this.ending = new AbortController();
    this.registry = /** @type {Map<string, number>} */ (new Map());
    this.drawnState = /** @type {import("./types.js").State | undefined} */ (undefined);
    setLanguage(document.documentElement.lang);
    this.buildPicture();
    this.buildText();
    this.buildControls();
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

  buildPicture() {
    const topology = /** @type {import("./types.js").Topology} */ (this.topology);
    this.picture = new Picture(this, topology, /** @type {Map<string, number>} */ (this.registry));
    this.tabIndex = 0;
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", gettext("The picture: Space stops and plays, the arrow keys step, Escape ends following"));
    const { icons } = topology;
    this.player = new Player(this.trace ? new RecordedRun(icons) : new Playback(icons), {
      played: (hops, now) => this.played(hops, now),
      jumped: (now) => this.jumped(now),
      draw: () => this.draw(),
      busy: () => Boolean(this.log?.isBusy) || this.drawnState !== this.player?.playback.state,
    });
    this.observe();
  }

  buildText() {
    const topology = /** @type {import("./types.js").Topology} */ (this.topology);
    const registry = /** @type {Map<string, number>} */ (this.registry);
    this.log = new TextLog(part("#log"), part("#announcer"), registry);
    const rows = document.querySelector("#state tbody");
    this.table = rows instanceof HTMLTableSectionElement ? new StateTable(rows, topology) : undefined;
    this.health = new HealthLine(part("[data-health]"), part("[data-health-speaker]"));
    this.cards = new Cards(part("#cards"), topology);
    this.journey = new JourneyPanel(registry, topology.code);
    this.measured = new Set(topology.topics.filter((topic) => !isEmitted(topology, topic)).map(({ name }) => name));
  }

  buildControls() {
    const { signal } = /** @type {AbortController} */ (this.ending);
    const box = this.closest(".picture");
    this.controls = new Controls(/** @type {HTMLElement} */ (box ?? this), this, (wish) => this.player?.do(wish), signal);
    this.drawControls();
    const listener = {
      still: (/** @type {boolean} */ still) => this.keepStill(still),
      unfold: (/** @type {boolean} */ all) => this.unfold(all),
    };
    this.tools = new LogTools(part("#log"), () => this.shownHops(), this.topology?.code ?? "", signal);
    this.looks = new Looks(/** @type {import("./types.js").Topology} */ (this.topology), listener, signal);
    this.looks.show();
  }

  /** Those of the log that are before the playhead. */
  shownHops() {
    const playback = this.player?.playback;
    return playback ? playback.log.between(playback.log.first, playback.position) : [];
  }

  observe() {
    this.size = new ResizeObserver((entries) => this.resize(entries[entries.length - 1].contentRect));
    this.size.observe(this);
    this.sight = new IntersectionObserver((entries) => this.see(entries.at(-1)?.isIntersecting));
    this.sight.observe(this);
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
    this.addEventListener("click", (event) => this.follow(this.picture?.renderer.recordAt(event.target)), { signal });
    document.addEventListener("follow", (event) => this.open(/** @type {CustomEvent} */ (event).detail), { signal });
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.stopFollowing(), { signal });
    part("[data-journey-end]").addEventListener("click", () => this.stopFollowing(), { signal });
    this.secondly = setInterval(() => this.everySecond(), SECOND);
  }

  /** @type {import("./socket.js").Listener["status"]} */
  showConnection(word) {
    this.dataset.state = word;
    showStatus(word);
  }

  /** @param {boolean} [onScreen] */
  see(onScreen = this.onScreen ?? true) {
    this.onScreen = onScreen;
    this.player?.watch(onScreen && !document.hidden);
  }

  /** @param {any} frame */
  takeBacklog(frame) {
    this.learnKeys(frame.hops);
    if (this.journey) this.journey.epoch = frame.room.epoch;
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
    for (const hop of hops)
      if (hop.type === "send" || hop.type === "ack") learn(/** @type {Map<string, number>} */ (this.registry), hop.key);
  }

  /** Hops that have just happened at the playhead. @param {Hop[]} hops @param {number} now */
  played(hops, now) {
    if (!this.player) return;
    for (const hop of hops) this.count(hop);
    if (hops.length > 0) this.log?.add(hops, now);
    else this.log?.tick(now);
    this.journey?.add(hops);
    this.fresh.push(...hops);
    if (this.isDue(now)) this.drawState(now);
    this.drawControls();
    this.narrate();
  }

  /** @param {number} now */
  isDue(now) {
    const playback = this.player?.playback;
    return !playback?.isRunning || playback.timeline.levels.top === SINGLE || now - this.drawnAt >= CALM_EVERY;
  }

  /** Every number is of the same moment. @param {number} now */
  drawState(now) {
    if (!this.player) return;
    const { playback } = this.player;
    if (playback.state === this.drawnState && this.picture?.place) return;
    this.drawnAt = now;
    this.drawnState = playback.state;
    this.cards?.follow(this.fresh, playback.state, now);
    this.fresh = [];
    this.table?.draw(playback.state);
    this.health?.draw(playback.state, now);
    this.picture?.drawScene(playback.state, playback, now);
  }

  /** The playhead is elsewhere: everything is what the state there says. @param {number} now */
  jumped(now) {
    if (!this.player) return;
    const { log, position, state } = this.player.playback;
    const before = log.between(log.first, position);
    this.meter = [];
    for (const hop of log.between(log.positionAt(log.whenAt(position) - RATE_WINDOW), position)) this.count(hop);
    this.fresh = [];
    this.log?.restate(before.slice(-LOOK_BACK), now);
    this.journey?.restate(before);
    this.cards?.restate(before, state, now);
    this.table?.draw(state);
    this.health?.restate(state, now);
    this.drawnState = state;
    this.picture?.drawScene(state, this.player.playback, now);
    this.drawRates();
    this.drawControls();
    this.narrate();
  }

  /** @param {Hop} hop */
  count(hop) {
    if (hop.type !== "ack" || !this.measured?.has(hop.topic ?? "")) return;
    this.meter = measure(this.meter, hop.time, hop.count ?? 1);
  }

  everySecond() {
    const playback = this.player?.playback;
    if (!playback || document.hidden) return;
    const now = performance.now();
    if (playback.timeline.levels.isDense) this.player?.do(RELAX);
    if (playback.live) this.cards?.refresh(now);
    this.health?.draw(playback.state, now);
    this.drawRates();
    this.drawControls();
  }

  drawRates() {
    const playback = this.player?.playback;
    if (!playback) return;
    const asked = Number(playback.state.settings.crowd) || 0;
    showRates(asked, asked ? rate(this.meter, playback.shownTime(performance.now())) : 0);
  }

  drawControls() {
    const now = performance.now();
    const playback = this.player?.playback;
    if (!playback || !this.controls) return;
    const modes = `${playback.paused} ${playback.live} ${playback.slow} ${playback.jumps}`;
    if (modes === this.drawnModes && now - this.drawnMoment < MOMENT_EVERY) return;
    this.drawnModes = modes;
    this.drawnMoment = now;
    if (this.log) this.log.slowed = playback.slow > 1;
    this.controls.draw(playback, now);
  }

  /** Away from live there is time for a sentence: the step that was shown last. */
  narrate() {
    const playback = this.player?.playback;
    if (!playback) return;
    const hop = playback.live && !playback.paused ? undefined : playback.lastStep;
    if (!hop) say(part("[data-narrator]"), this.trace ? gettext("Press Play, or go step by step.") : liveWords(playback.timeline.levels));
    if (hop === this.narrated) return;
    this.narrated = hop;
    if (!hop) return;
    const text = sentence(hop, /** @type {Map<string, number>} */ (this.registry));
    say(part("[data-narrator]"), text);
    if (playback.paused) say(part("[data-player-speaker]"), text);
  }

  /** @param {import("./journey.js").Followed | undefined} record */
  follow(record) {
    if (!record || !this.player) return;
    const { playback } = this.player;
    playback.follow(isAbout(record));
    this.picture?.renderer.follow(isSame(record));
    this.log?.follow(isAbout(record));
    this.journey?.follow(record, playback.log.between(playback.log.first, playback.position));
    const panel = part("[data-journey]");
    panel.scrollIntoView({ block: panel.offsetHeight < innerHeight ? "nearest" : "start" });
    if (this.journey) say(part("[data-player-speaker]"), this.journey.summary());
  }

  /** Who opens the panel from the words is there, and goes back from there. @param {import("./journey.js").Followed} record */
  open(record) {
    const panel = part("[data-journey]");
    if (!panel.contains(document.activeElement)) this.opener = document.activeElement;
    this.follow(record);
    part("#journey-title").focus({ preventScroll: true });
  }

  stopFollowing() {
    if (!this.player || !this.journey?.followed) return;
    const within = part("[data-journey]").contains(document.activeElement);
    this.player.playback.follow(undefined);
    this.picture?.renderer.follow(undefined);
    this.log?.follow(undefined);
    this.journey.stop();
    const opener = this.opener instanceof HTMLElement && this.opener.isConnected ? this.opener : this;
    if (within) opener.focus();
  }

  draw() {
    if (this.player) this.picture?.drawTokens(this.player.playback);
  }

  /** @param {DOMRectReadOnly} size */
  resize(size) {
    this.picture?.resize(size);
    this.redraw();
  }

  /** @param {boolean} still */
  keepStill(still) {
    if (this.picture) this.picture.isStill = still;
    this.classList.toggle("motionless", still);
    this.redraw();
  }

  /** @param {boolean} unfolded */
  unfold(unfolded) {
    if (this.picture) this.picture.unfolded = unfolded;
    this.redraw();
  }

  redraw() {
    const playback = this.player?.playback;
    if (playback) this.picture?.drawScene(playback.state, playback, performance.now());
    this.draw();
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
    if (reply?.type === "accepted") this.cards?.add(action, reply, performance.now());
  }
}

customElements.define("kafka-diagram", KafkaDiagram);
