/** <kafka-diagram>: wires the socket to the player, and the player to the picture, the text, the table and the cards. */

import { Cards } from "./cards.js";
import { HealthLine } from "./healthline.js";
import { gettext, setLanguage } from "./i18n.js";
import { learn } from "./keys.js";
import { layOut } from "./layout.js";
import { part, showNotice, showPaused, showRates, showReply, showSettings, showStatus } from "./page.js";
import { Player } from "./player.js";
import { measure, rate } from "./rates.js";
import { Renderer } from "./renderer.js";
import { sceneOf } from "./scene.js";
import { RoomSocket } from "./socket.js";
import { StateTable } from "./table.js";
import { TextLog } from "./textlog.js";
import { tokensOf } from "./tokens.js";

/** @typedef {import("./types.js").Hop} Hop */

const SECOND = 1000;

class KafkaDiagram extends HTMLElement {
  connectedCallback() {
    this.topology = /** @type {import("./types.js").Topology} */ (JSON.parse(part("#topology").textContent ?? "{}"));
    this.ending = new AbortController();
    this.registry = /** @type {Map<string, number>} */ (new Map());
    this.meter = /** @type {import("./rates.js").Meter} */ ([]);
    this.drawnState = /** @type {object | undefined} */ (undefined);
    setLanguage(document.documentElement.lang);
    this.buildPicture();
    this.buildText();
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
    this.stillness = matchMedia("(prefers-reduced-motion: reduce)");
    this.player = new Player(this.topology?.icons ?? {}, {
      played: (hops, now) => this.played(hops, now),
      draw: (now) => this.draw(now),
      overflow: () => this.socket?.resync(),
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
    const emitted = new Set(topology.groups.flatMap((group) => group.emits ?? []));
    this.measured = new Set(topology.topics.map((topic) => topic.name).filter((name) => !emitted.has(name)));
  }

  observe() {
    this.size = new ResizeObserver(() => this.redraw());
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
    part("[data-pause]").addEventListener("click", () => this.togglePause(), { signal });
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
    this.player?.backlog(frame);
    this.asked = frame.room.crowd?.asked ?? 0;
    showNotice(frame.room.notice);
    showSettings(frame.room.settings);
    this.socket?.sawUpTo(frame.seq);
    this.played([], performance.now());
  }

  /** @param {Hop[]} hops */
  takeHops(hops) {
    this.learnKeys(hops);
    this.player?.hops(hops);
    if (this.player?.paused) showPaused(true, this.player.held.hops.length);
    else this.socket?.sawUpTo(hops.at(-1)?.seq ?? 0);
  }

  /** @param {Hop[]} hops */
  learnKeys(hops) {
    for (const hop of hops)
      if (hop.type === "send" || hop.type === "ack") learn(/** @type {Map<string, number>} */ (this.registry), hop.key);
  }

  /** Hops that have just happened at the playhead. @param {Hop[]} hops @param {number} now */
  played(hops, now) {
    for (const hop of hops) this.count(hop);
    if (hops.length > 0) this.log?.add(hops, now);
    else this.log?.tick(now);
    this.cards?.follow(hops, now);
    if (!this.player) return;
    this.table?.draw(this.player.state);
    this.health?.draw(this.player.state, now);
  }

  /** @param {Hop} hop */
  count(hop) {
    if (hop.type === "setting" && hop.data?.name === "crowd") this.asked = Number(hop.data.value) || 0;
    if (hop.type !== "ack" || !this.measured?.has(hop.topic ?? "")) return;
    this.meter = measure(this.meter ?? [], performance.now() / SECOND, hop.count ?? 1);
  }

  everySecond() {
    if (this.player?.paused) return;
    const now = performance.now();
    this.cards?.refresh(now);
    if (this.player) this.health?.draw(this.player.state, now);
    showRates(this.asked ?? 0, this.asked ? rate(this.meter ?? [], now / SECOND) : 0);
  }

  /** @param {number} now */
  draw(now) {
    const { player, topology, renderer, registry } = this;
    if (!player || !topology || !renderer || !registry) return;
    if (this.drawnState !== player.state || !this.place) this.drawScene();
    if (this.place) renderer.draw("tokens", tokensOf(player.flights, this.place, now, registry, this.stillness?.matches));
  }

  drawScene() {
    const { player, topology, renderer, registry } = this;
    const width = Math.floor(this.clientWidth);
    if (!player || !topology || !renderer || !registry || width === 0) return;
    this.place = layOut(topology, player.state, width);
    renderer.resize(this.place.width, this.place.height);
    renderer.draw("scene", sceneOf(topology, player.state, this.place, registry));
    this.drawnState = player.state;
  }

  redraw() {
    this.place = undefined;
    this.draw(this.player?.now ?? 0);
  }

  togglePause() {
    if (!this.player) return;
    if (this.player.paused) this.player.live();
    else this.player.pause();
    showPaused(this.player.paused, 0);
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
