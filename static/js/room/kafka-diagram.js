/** <kafka-diagram>: wires the socket to the player, and the player to the picture, the text, the table and the cards. */

import { Cards } from "./cards.js";
import { Controls } from "./controls.js";
import { HealthLine } from "./healthline.js";
import { gettext, setLanguage } from "./i18n.js";
import { isAbout, isSame } from "./journey.js";
import { JourneyPanel } from "./journeypanel.js";
import { learn } from "./keys.js";
import { layOut } from "./layout.js";
import { isStep } from "./log.js";
import { part, say, showNotice, showRates, showReply, showSettings, showStatus } from "./page.js";
import { Player } from "./player.js";
import { measure, rate } from "./rates.js";
import { Renderer } from "./renderer.js";
import { sceneOf } from "./scene.js";
import { sentence } from "./sentences.js";
import { RoomSocket } from "./socket.js";
import { StateTable } from "./table.js";
import { TextLog } from "./textlog.js";
import { tokensOf } from "./tokens.js";

/** @typedef {import("./types.js").Hop} Hop */

const SECOND = 1000;
/** The line that says the moment counts tenths of a second, not frames. */
const MOMENT_EVERY = 90;
/** How far back the rate looks, in seconds. */
const RATE_WINDOW = 3;
/** What a jump looks back over for the text. */
const LOOK_BACK = 400;

class KafkaDiagram extends HTMLElement {
  /** @type {Controls | undefined} */
  controls;
  /** @type {import("./rates.js").Meter} */
  meter = [];
  /** @type {Hop | null | undefined} */
  narrated = null;
  drawnModes = "";
  drawnMoment = 0;
  width = 0;

  connectedCallback() {
    this.topology = /** @type {import("./types.js").Topology} */ (JSON.parse(part("#topology").textContent ?? "{}"));
    this.ending = new AbortController();
    this.registry = /** @type {Map<string, number>} */ (new Map());
    this.drawnState = /** @type {object | undefined} */ (undefined);
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
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", gettext("Diagram of the room. The text log and the table say the same in words."));
    this.replaceChildren(svg);
    this.renderer = new Renderer(svg);
    this.tabIndex = 0;
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", gettext("The picture: Space stops and plays, the arrow keys step, Escape ends following"));
    this.stillness = matchMedia("(prefers-reduced-motion: reduce)");
    this.player = new Player(this.topology?.icons ?? {}, {
      played: (hops, now) => this.played(hops, now),
      jumped: (now) => this.jumped(now),
      draw: (display) => this.draw(display),
      busy: () => Boolean(this.log?.isBusy),
    });
    this.observe();
  }

  buildText() {
    const topology = /** @type {import("./types.js").Topology} */ (this.topology);
    const registry = /** @type {Map<string, number>} */ (this.registry);
    this.log = new TextLog(part("#log"), part("#announcer"), registry);
    this.table = new StateTable(/** @type {HTMLTableSectionElement} */ (part("#state tbody")), topology);
    this.health = new HealthLine(part("[data-health]"), part("[data-health-speaker]"));
    this.cards = new Cards(part("#cards"), topology);
    this.journey = new JourneyPanel(registry, topology.code);
    const emitted = new Set(topology.groups.flatMap((group) => group.emits ?? []));
    this.measured = new Set(topology.topics.map((topic) => topic.name).filter((name) => !emitted.has(name)));
  }

  buildControls() {
    const { signal } = /** @type {AbortController} */ (this.ending);
    const box = this.closest(".picture");
    this.controls = new Controls(/** @type {HTMLElement} */ (box ?? this), this, (wish) => this.player?.do(wish), signal);
    this.drawControls();
  }

  observe() {
    this.size = new ResizeObserver((entries) => this.resize(entries[entries.length - 1].contentRect.width));
    this.size.observe(this);
    this.sight = new IntersectionObserver((entries) => this.see(entries.at(-1)?.isIntersecting));
    this.sight.observe(this);
  }

  connect() {
    showStatus("connecting");
    this.socket = new RoomSocket(this.topology?.socket ?? "", document.body.dataset.token ?? "", {
      backlog: (frame) => this.takeBacklog(frame),
      hops: (frame) => this.takeHops(frame.hops),
      status: (word) => this.showConnection(word),
    });
    this.socket.open();
  }

  listen() {
    const { signal } = /** @type {AbortController} */ (this.ending);
    document.addEventListener("visibilitychange", () => this.see(), { signal });
    document.addEventListener("submit", (event) => this.press(event), { signal });
    this.addEventListener("click", (event) => this.follow(this.renderer?.recordAt(event.target)), { signal });
    document.addEventListener("follow", (event) => this.follow(/** @type {CustomEvent} */ (event).detail), { signal });
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.stopFollowing(), { signal });
    part("[data-journey-end]").addEventListener("click", () => this.stopFollowing(), { signal });
    this.stillness?.addEventListener("change", () => this.redraw(), { signal });
    this.secondly = setInterval(() => this.everySecond(), SECOND);
  }

  /** @param {"connecting" | "live" | "reconnecting" | "refused"} word */
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
    const { state } = this.player.playback;
    for (const hop of hops) this.count(hop);
    if (hops.length > 0) this.log?.add(hops, now);
    else this.log?.tick(now);
    this.journey?.add(hops);
    this.cards?.follow(hops, state, now);
    this.table?.draw(state);
    this.health?.draw(state, now);
    this.drawControls();
    this.narrate();
  }

  /** The playhead is elsewhere: everything is what the state there says. @param {number} now */
  jumped(now) {
    if (!this.player) return;
    const { log, position, state } = this.player.playback;
    const before = log.between(log.first, position);
    this.meter = [];
    for (const hop of log.between(log.positionAt(log.whenAt(position) - RATE_WINDOW), position)) this.count(hop);
    this.log?.restate(before.slice(-LOOK_BACK), now);
    this.journey?.restate(before);
    this.cards?.restate(before, state, now);
    this.table?.draw(state);
    this.health?.restate(state, now);
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
    if (hop === this.narrated) return;
    this.narrated = hop;
    const text = hop
      ? sentence(hop, /** @type {Map<string, number>} */ (this.registry))
      : gettext("Too fast? Replay it slowly, or stop and step.");
    say(part("[data-narrator]"), text);
    if (hop && playback.paused) say(part("[data-player-speaker]"), text);
  }

  /** @param {import("./journey.js").Followed | undefined} record */
  follow(record) {
    if (!record || !this.player) return;
    const { playback } = this.player;
    playback.wanted = isAbout(record);
    this.renderer?.follow(isSame(record));
    this.log?.follow(isAbout(record));
    this.journey?.follow(record, playback.log.between(playback.log.first, playback.position));
    part("[data-strip]").scrollIntoView({ block: "nearest" });
    if (this.journey) say(part("[data-player-speaker]"), this.journey.summary());
  }

  stopFollowing() {
    if (!this.player || !this.journey?.followed) return;
    const within = part("[data-journey]").contains(document.activeElement);
    this.player.playback.wanted = isStep;
    this.renderer?.follow(undefined);
    this.log?.follow(undefined);
    this.journey.stop();
    if (within) this.focus();
  }

  /** @param {number} display */
  draw(display) {
    const { player, renderer, registry } = this;
    if (!player || !renderer || !registry) return;
    if (this.drawnState !== player.playback.state || !this.place) this.drawScene();
    if (!this.place) return;
    const still = this.stillness?.matches;
    renderer.draw("tokens", tokensOf(player.playback.timeline.flights, this.place, display, registry, this.wayOf(display), still));
  }

  /** Where nothing travels an arrow stands for it: while the picture stands still, that of what moved last. @param {number} display @returns {(flight: import("./types.js").Flight) => boolean} */
  wayOf(display) {
    const playback = this.player?.playback;
    if (this.stillness?.matches) return () => true;
    if (!playback || playback.isRunning) return () => false;
    const last = playback.lastStep;
    return ({ id, land }) => land > display || id === `${last?.type}-${last?.seq}`;
  }

  drawScene() {
    const { player, topology, renderer, registry } = this;
    const { width } = this;
    if (!player || !topology || !renderer || !registry || width === 0) return;
    const { state, jumps } = player.playback;
    renderer.still(jumps !== this.drawnJumps);
    this.drawnJumps = jumps;
    this.place = layOut(topology, state, width);
    renderer.resize(this.place.width, this.place.height);
    renderer.draw("scene", sceneOf(topology, state, this.place, registry));
    this.drawnState = state;
  }

  /** To ask for the width in every frame would have the page laid out in every frame. @param {number} width */
  resize(width) {
    this.width = Math.floor(width);
    this.redraw();
  }

  redraw() {
    this.place = undefined;
    this.draw(this.player?.playback.display ?? 0);
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
