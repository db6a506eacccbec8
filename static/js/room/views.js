/** All that shows the moment at the playhead: the picture, the text, the table, the cards, the numbers. Every number is of the same moment. */

import { Cards } from "./cards.js";
import { bringIntoSight } from "./framed.js";
import { HealthLine } from "./healthline.js";
import { gettext } from "./i18n.js";
import { isAbout, isSame } from "./journey.js";
import { isEmitted } from "./layout.js";
import { Ledger } from "./ledger.js";
import { SINGLE } from "./levels.js";
import { readingTime } from "./pace.js";
import { liveWords, part, say, showRates } from "./page.js";
import { Picture } from "./picture.js";
import { Meter, REMEMBERED as RATED } from "./rates.js";
import { isRebalancing } from "./readers.js";
import { RecordedRun } from "./recorded.js";
import { hotSentence, sentence } from "./sentences.js";
import { StateTable, TopicSizes } from "./table.js";
import { TextLog } from "./textlog.js";
import { hotKey, REMEMBERED, Trails } from "./trails.js";
import { isTold } from "./used.js";

/**
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./types.js").State} State
 * @typedef {import("./journey.js").Followed} Followed
 */

/** What a jump looks back over for the text. */
const LOOK_BACK = 400;
/** While more passes than an eye can follow, the numbers change this often, all of them at once. */
const CALM_EVERY = 100;

/** Where nothing has happened nothing is too fast: what will is said. */
const nothingYet = () => gettext("Nothing was sent yet. A record goes into one of the rows, stays there, and each group reads it.");

export class Views {
  /** @param {HTMLElement} host of the picture @param {import("./types.js").Topology} topology @param {Map<string, number>} registry @param {import("./playback.js").Playback} playback */
  constructor(host, topology, registry, playback) {
    this.playback = playback;
    this.registry = registry;
    this.topology = topology;
    this.picture = new Picture(host, topology, registry);
    this.log = new TextLog(part("#log"), part("#announcer"), registry);
    this.sizes = new TopicSizes(topology);
    this.table = this.newTable();
    this.ledger = new Ledger(part("#ledger"), topology);
    /** They come when their place is first about to be seen. */
    this.rosters = /** @type {import("./rosters.js").Rosters | undefined} */ (undefined);
    this.settings = /** @type {import("./settingspanel.js").SettingsPanel | undefined} */ (undefined);
    this.lag = /** @type {import("./lagchart.js").LagChart | undefined} */ (undefined);
    this.health = new HealthLine(part("[data-health]"), part("[data-health-speaker]"));
    this.cards = new Cards(part("#cards"), topology, registry);
    /** Of the room; of a saved run there is nobody to ask. */
    this.code = playback instanceof RecordedRun ? "" : topology.code;
    /** When the room's time began, in seconds since 1970. */
    this.epoch = 0;
    this.followed = /** @type {Followed | undefined} */ (undefined);
    /** It comes when a record is followed first: who only looks need not wait for it. */
    this.journey = /** @type {import("./journeypanel.js").JourneyPanel | undefined} */ (undefined);
    this.measured = new Set(topology.topics.filter((topic) => !isEmitted(topology, topic)).map(({ name }) => name));
    this.meter = new Meter();
    this.trails = new Trails();
    this.narrated = /** @type {Hop | null | undefined} */ (null);
    /** The sentence that stands there can be read by then, in milliseconds. */
    this.readUntil = 0;
    playback.reading = (hop) => readingTime(sentence(hop, registry));
    /** Shown, and not yet in the numbers. */
    this.fresh = /** @type {Hop[]} */ ([]);
    this.drawnState = /** @type {State | undefined} */ (undefined);
    this.drawnAt = 0;
    /** What a lesson has introduced; without one, everything. */
    this.shown = /** @type {Set<string> | undefined} */ (undefined);
  }

  newTable() {
    const rows = document.querySelector("#state tbody");
    return rows instanceof HTMLTableSectionElement ? new StateTable(rows, this.topology) : undefined;
  }

  /** @param {Record<string, number>} partitions of each topic */
  resizeTopics(partitions) {
    if (!this.sizes.take(partitions)) return;
    this.table = this.newTable();
    this.drawnState = undefined;
    this.show();
  }

  get isBusy() {
    return this.log.isBusy || this.drawnState !== this.playback.state || this.isCounting || this.isReading;
  }

  /** Something in the picture goes on though nothing happens. */
  get isCounting() {
    return isRebalancing(this.playback.state, this.playback.shownTime(this.playback.wall));
  }

  /** The picture has gone on, and the sentence of an earlier step is not read yet. */
  get isReading() {
    const { live, paused, lastStep } = this.playback;
    return !live && !paused && this.narrated !== lastStep;
  }

  /** Hops that have just happened at the playhead. @param {Hop[]} hops @param {number} now */
  played(hops, now) {
    for (const hop of hops) this.count(hop);
    for (const hop of hops) this.picture.worlds?.add(hop);
    const told = hops.filter((hop) => isTold(this.shown, hop));
    if (told.length > 0) this.log.add(told, now);
    else this.log.tick(now);
    this.journey?.add(hops);
    this.fresh.push(...hops);
    if (this.isDue(now)) this.drawState(now);
    this.narrate(now);
  }

  /** @param {number} now */
  isDue(now) {
    const { isRunning, timeline } = this.playback;
    return !isRunning || timeline.levels.top === SINGLE || now - this.drawnAt >= CALM_EVERY;
  }

  /** @param {number} now */
  drawState(now) {
    const { state } = this.playback;
    const isCounted = now - this.drawnAt < CALM_EVERY || !this.isCounting;
    if (state === this.drawnState && this.picture.place && isCounted) return;
    this.drawnAt = now;
    this.drawnState = state;
    this.cards.follow(this.fresh, state, now);
    this.fresh = [];
    this.tell(state);
    this.health.draw(state, now);
    this.picture.drawScene(state, this.playback, this.trails, now);
  }

  /** What it is, in words and numbers. @param {State} state */
  tell(state) {
    this.table?.draw(state);
    this.rosters?.draw(state);
    this.settings?.draw(state);
    this.ledger.draw(state);
  }

  /** @param {HTMLElement} place that is about to be seen @param {number} now */
  async neared(place, now) {
    if (place.matches("[data-rosters]")) {
      const { Rosters } = await import("./rosters.js");
      this.rosters ??= new Rosters(place, this.topology);
    } else if (place.matches("[data-settings]")) {
      const { SettingsPanel } = await import("./settingspanel.js");
      this.settings ??= new SettingsPanel(place, this.topology);
    } else {
      const { LagChart } = await import("./lagchart.js");
      this.lag ??= new LagChart(place, this.topology);
    }
    this.show();
    this.tell(this.drawnState ?? this.playback.state);
    this.drawLag(now);
  }

  /** What a lesson has introduced is all that these tell. */
  show() {
    for (const one of [this.table, this.rosters, this.settings]) if (one) one.shown = this.shown;
    for (const one of [this.ledger, this.lag, this.cards]) one?.reveal(this.shown);
  }

  /** The playhead is elsewhere: everything is what the state there says. @param {number} now */
  jumped(now) {
    const { log, position, state } = this.playback;
    const before = log.between(log.first, position).filter((hop) => isTold(this.shown, hop));
    this.meter.clear();
    this.trails.restate(log.between(log.positionAt(log.whenAt(position) - REMEMBERED), position));
    for (const hop of log.between(log.positionAt(log.whenAt(position) - RATED), position)) this.count(hop);
    this.fresh = [];
    this.picture.worlds?.restate(before);
    this.log.restate(before.slice(-LOOK_BACK), now);
    this.journey?.restate(before);
    this.cards.restate(before, state, now);
    this.tell(state);
    this.health.restate(state, now);
    this.drawLag(now);
    this.drawnState = state;
    this.picture.drawScene(state, this.playback, this.trails, now);
    this.drawRates(now);
    this.readUntil = 0;
    this.narrate(now);
  }

  /** @param {Hop} hop */
  count(hop) {
    this.trails.add(hop);
    if (hop.type === "ack" && this.measured.has(hop.topic ?? "")) this.meter.add(hop);
  }

  /** What depends on the time and not on hops. @param {number} now */
  everySecond(now) {
    if (this.playback.live) this.cards.refresh(now);
    this.health.draw(this.playback.state, now);
    this.drawLag(now);
    this.drawRates(now);
  }

  /** @param {number} now */
  drawLag(now) {
    const { log, state, live, paused } = this.playback;
    this.lag?.draw(log, state, this.playback.shownTime(now), live && !paused);
  }

  /** To be drawn anew though the state is the same. */
  stale() {
    this.drawnState = undefined;
  }

  /** @param {number} now */
  drawRates(now) {
    const asked = Number(this.playback.state.settings.crowd) || 0;
    // What was stored before a crowd came says nothing of it.
    if (asked === 0) this.meter.clear();
    showRates(asked, this.meter.read(), this.playback.shownTime(now), this.playback.state.settings["held back"] === true);
  }

  /** Away from live there is time for a sentence: the step that was shown last, when the one before could be read. @param {number} now */
  narrate(now) {
    const { live, paused } = this.playback;
    // To look for the last step costs: not in every frame of a live picture.
    const hop = live && !paused ? undefined : this.playback.lastStep;
    if (!hop) say(part("[data-narrator]"), this.invitation);
    if (hop === this.narrated || (hop && !paused && now < this.readUntil)) return;
    this.narrated = hop;
    if (!hop) return;
    const text = sentence(hop, this.registry);
    this.readUntil = now + readingTime(text);
    say(part("[data-narrator]"), text);
    if (paused) say(part("[data-player-speaker]"), text);
  }

  get invitation() {
    if (this.playback instanceof RecordedRun) return gettext("Press Play, or go step by step.");
    const { state, timeline } = this.playback;
    if (Object.values(state.parts).every(({ end }) => end === 0)) return nothingYet();
    return this.hotWords || liveWords(timeline.levels);
  }

  /** While many records pass, which of the keys makes a row busy. */
  get hotWords() {
    const { timeline, wall } = this.playback;
    if (timeline.levels.top === SINGLE) return "";
    const time = this.playback.shownTime(wall);
    const rows = [...this.trails.rows.keys()].map((id) => ({ id, ...this.trails.keysLately(id, time) }));
    return hotSentence(hotKey(rows), this.registry);
  }

  /** Only these parts, or all of them. @param {Set<string> | undefined} parts */
  reveal(parts) {
    this.shown = parts;
    this.picture.shown = parts;
    this.show();
    this.playback.limit(parts && ((hop) => isTold(parts, hop)));
    this.jumped(performance.now());
  }

  /** @param {import("./used.js").Marks} marks */
  mark(marks) {
    this.picture.marks = marks;
    this.redraw();
  }

  /** Those of the log that are before the playhead. */
  shownHops() {
    const { log, position } = this.playback;
    return log.between(log.first, position);
  }

  /** @param {Followed} record */
  async follow(record) {
    this.followed = record;
    this.playback.follow(isAbout(record));
    this.picture.renderer.follow(isSame(record));
    this.log.follow(isAbout(record));
    this.journey ??= await this.fetchJourney();
    if (this.followed !== record) return;
    this.journey.epoch = this.epoch;
    this.journey.follow(record, this.shownHops());
    bringIntoSight(part("[data-strip]"));
    say(part("[data-player-speaker]"), this.journey.summary());
  }

  async fetchJourney() {
    const { JourneyPanel } = await import("./journeypanel.js");
    return new JourneyPanel(this.registry, this.code);
  }

  stopFollowing() {
    this.followed = undefined;
    this.playback.follow(undefined);
    this.picture.renderer.follow(undefined);
    this.log.follow(undefined);
    this.journey?.stop();
  }

  async openToKeys() {
    await this.picture.openToKeys();
    this.redraw();
  }

  /** What moves. */
  drawTokens() {
    this.picture.drawTokens(this.playback);
  }

  /** Everything in the picture. */
  redraw() {
    this.picture.drawScene(this.playback.state, this.playback, this.trails, performance.now());
    this.drawTokens();
  }

  /** @param {DOMRectReadOnly} size */
  resize(size) {
    this.picture.resize(size);
    this.redraw();
  }

  /** @param {boolean} still no travel */
  keepStill(still) {
    this.picture.isStill = still;
    this.redraw();
  }

  /** @param {boolean} unfolded all rows */
  unfold(unfolded) {
    this.picture.unfolded = unfolded;
    this.redraw();
  }
}
