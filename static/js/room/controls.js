/** The player's buttons, slider and keys, and the line that says which moment is shown. */

import { focusOn, isFramed } from "./framed.js";
import { gettext, interpolate, ngettext, number } from "./i18n.js";
import { SPEEDS } from "./pace.js";
import { part, say } from "./page.js";
import { RecordedRun } from "./recorded.js";

/**
 * @typedef {import("./playback.js").Playback} Playback
 * @typedef {(playback: Playback, now: number) => import("./types.js").Hop[] | void} Wish
 */

const MINUTE = 60;
const MOST_TICKS = 40;
const MANY = 10;
/** A log that is shorter than this has nothing to look for. */
const SHORTEST = 0.5;

/** @param {Wish} wish @returns {Wish} */
const one = (wish) => wish;

const TOGGLE = one((playback, now) => (playback.paused ? playback.play(now) : playback.pause(now)));
export const LIVE = one((playback, now) => playback.goLive(now));
const REPLAY = one((playback, now) => playback.replay(now));
/** @param {number} by */
const stepBy = (by) => one((playback, now) => playback.step(by, now));
/** @param {number} by */
const shiftBy = (by) => one((playback, now) => playback.shift(by, now));

/** Single letters only where the picture has focus: WCAG 2.1.4. @type {Record<string, Wish>} */
const KEYS = {
  ".": TOGGLE,
  ArrowLeft: stepBy(-1),
  ArrowRight: stepBy(1),
  "Shift+ArrowLeft": stepBy(-MANY),
  "Shift+ArrowRight": stepBy(MANY),
  f: shiftBy(-1),
  l: LIVE,
  r: REPLAY,
  s: shiftBy(1),
};
/** A presenter's remote control sends these; elsewhere they scroll the page. @type {Record<string, Wish>} */
const REMOTE_KEYS = { PageDown: stepBy(1), PageUp: stepBy(-1) };

/** "30 ms", "2.4 s", "12 s", "3 min" @param {number} seconds */
export function span(seconds) {
  if (seconds < 0.1) return interpolate(gettext("%(n)s ms"), { n: number(Math.round(seconds * 1000)) });
  if (seconds >= 2 * MINUTE) return interpolate(gettext("%(n)s min"), { n: number(Math.round(seconds / MINUTE)) });
  if (seconds >= 10) return interpolate(gettext("%(n)s s"), { n: number(Math.round(seconds)) });
  return interpolate(gettext("%(n)s s"), { n: number(seconds, 1) });
}

/** @param {Playback} playback */
function modeWords({ paused, live, slow }) {
  if (paused) return gettext("Paused");
  if (live) return gettext("Live");
  return slow === 1 ? gettext("Shown at full speed") : interpolate(gettext("Shown %(n)s× slower"), { n: number(slow) });
}

/** "3.2 s of 12 s" @param {RecordedRun} run @param {number} wall */
function shownOf(run, wall) {
  return interpolate(gettext("%(shown)s s of %(length)s"), { shown: number(run.shown(wall), 1), length: span(run.length) });
}

/** Of a saved run. @param {RecordedRun} run @param {number} wall */
function recordedWords(run, wall) {
  const words = [gettext("Recorded run"), shownOf(run, wall)];
  if (run.slow > 1) words.push(interpolate(gettext("%(n)s× slower"), { n: number(run.slow) }));
  if (run.isPaced) words.push(atReadingPace());
  if (run.skipping) words.push(passedOver(run));
  return words.join(" · ");
}

/** A step waits for the reader: it is slower yet than the speed says. */
const atReadingPace = () => gettext("at reading pace");

/** @param {Playback} playback */
const passedOver = (playback) => interpolate(gettext("▸▸ %(span)s passed over"), { span: span(playback.skipping) });

/** What slowed, paused and behind mean just now. @param {Playback} playback @param {number} wall */
export function momentWords(playback, wall) {
  if (playback instanceof RecordedRun) return recordedWords(playback, wall);
  if (playback.paused && playback.stepwise) return stepWords(playback.waiting);
  const words = [modeWords(playback)];
  const behind = playback.behind(wall);
  if (behind >= 0.05) words.push(interpolate(gettext("%(span)s behind live"), { span: span(behind) }));
  else if (!playback.live && !playback.paused) words.push(gettext("up to now: waiting for what comes"));
  if (playback.paused && playback.slow > 1) words.push(interpolate(gettext("plays %(n)s× slower"), { n: number(playback.slow) }));
  if (playback.isPaced && !playback.caughtUp) words.push(atReadingPace());
  if (playback.skipping) words.push(passedOver(playback));
  if (playback.missed > 0 && playback.paused) words.push(missedWords(playback.missed));
  return words.join(" · ");
}

/** @param {number} count that wait */
function stepWords(count) {
  const words = gettext("Step by step");
  return count === 0 ? words : `${words} · ${interpolate(ngettext("%(n)s step waits", "%(n)s steps wait", count), { n: number(count) })}`;
}

/** @param {number} count */
const missedWords = (count) =>
  interpolate(ngettext("%(n)s older step is no longer kept", "%(n)s older steps are no longer kept", count), { n: number(count) });

/** @param {number} ago seconds */
const agoWords = (ago) => (ago < 0.05 ? gettext("now") : interpolate(gettext("%(span)s ago"), { span: span(ago) }));

export class Controls {
  /** @param {HTMLElement} box the whole picture, with the diagram in it @param {HTMLElement} diagram @param {(wish: Wish) => void} wish what to do with a person's wish @param {AbortSignal} signal */
  constructor(box, diagram, wish, signal) {
    this.diagram = diagram;
    this.wish = wish;
    this.play = part("[data-play]");
    this.live = part("[data-live]");
    this.moment = part("[data-moment]");
    this.speaker = part("[data-player-speaker]");
    this.speed = /** @type {HTMLSelectElement} */ (part("[data-speed]"));
    this.scrub = /** @type {HTMLInputElement} */ (part("[data-scrub]"));
    this.ticks = part("[data-ticks]");
    this.dragging = false;
    this.drawnTicks = "";
    this.mode = "";
    for (const slow of SPEEDS) this.speed.append(new Option(`1/${number(slow)}`, String(slow)));
    this.listen(box, signal);
  }

  /** @param {HTMLElement} box @param {AbortSignal} signal */
  listen(box, signal) {
    const buttons = /** @type {[string, Wish][]} */ ([
      ["[data-play]", TOGGLE],
      ["[data-live]", LIVE],
      ["[data-replay]", REPLAY],
      ["[data-back]", stepBy(-1)],
      ["[data-next]", stepBy(1)],
    ]);
    for (const [selector, wish] of buttons) part(selector).addEventListener("click", () => this.wish(wish), { signal });
    this.speed.addEventListener("change", () => this.choose(Number(this.speed.value)), { signal });
    this.scrub.addEventListener("input", () => this.seek(), { signal });
    this.scrub.addEventListener("change", () => this.drop(), { signal });
    box.addEventListener("keydown", (event) => this.press(event), { signal });
    if (this.isOnStage)
      document.body.addEventListener("keydown", (event) => event.target === document.body && this.press(event), { signal });
  }

  /** Whoever reads a blog scrolls it with these keys, also after a press in a frame that is fitted as a stage is. */
  get isOnStage() {
    return this.diagram.dataset.fit === "stage" && !isFramed;
  }

  /** @param {number} slow */
  choose(slow) {
    this.wish((playback, now) => playback.speed(slow, now));
  }

  seek() {
    this.dragging = true;
    const time = Number(this.scrub.value);
    this.wish((playback) => playback.seek(time));
  }

  drop() {
    this.dragging = false;
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target === this.speed) return;
    const wish = this.wishOf(event);
    if (!wish && (event.target === document.body || !this.goTo(event.key))) return;
    event.preventDefault();
    if (wish) this.wish(wish);
  }

  /** To the text, or to what explains the picture. @param {string} key */
  goTo(key) {
    const place = { t: "#log", "?": "[data-legend] summary" }[key.toLowerCase()];
    if (!place) return false;
    if (key === "?") part("[data-legend]").setAttribute("open", "");
    focusOn(part(place));
    return true;
  }

  /** Space on a button presses that button. @param {KeyboardEvent} event */
  wishOf({ key, shiftKey, target }) {
    if (key === " ") return target === this.diagram || target === document.body ? TOGGLE : undefined;
    if (this.isOnStage && REMOTE_KEYS[key]) return REMOTE_KEYS[key];
    if (target === document.body && /^[a-z]$/i.test(key)) return undefined;
    return KEYS[shiftKey && key.startsWith("Arrow") ? `Shift+${key}` : key.length === 1 ? key.toLowerCase() : key];
  }

  /** @param {Playback} playback @param {number} wall */
  draw(playback, wall) {
    const { paused, live, slow } = playback;
    const words = momentWords(playback, wall);
    say(this.moment, words);
    this.moment.dataset.mode = paused ? "paused" : live ? "live" : "behind";
    this.showLive(!((live && !paused) || playback instanceof RecordedRun));
    document.body.classList.toggle("behind", !this.live.hidden);
    this.drawPlay(paused);
    if (this.speed.value !== String(slow)) this.speed.value = String(slow);
    say(part("[data-speed-now]"), `1/${number(slow)}`);
    this.drawScrub(playback, wall);
    this.tell(`${paused} ${live} ${slow}`, words);
  }

  /** Whoever pressed it with a key goes on from the button that stays. @param {boolean} shown */
  showLive(shown) {
    if (!shown && document.activeElement === this.live) this.play.focus({ preventScroll: true });
    this.live.hidden = !shown;
  }

  /** @param {boolean} paused */
  drawPlay(paused) {
    this.play.dataset.does = paused ? "play" : "pause";
    say(part("[data-play-word]"), paused ? gettext("Play") : gettext("Pause"));
  }

  /** A mode is told once, not for every tenth of a second. @param {string} mode @param {string} words */
  tell(mode, words) {
    if (this.mode && mode !== this.mode) say(this.speaker, words);
    this.mode = mode;
  }

  /** @param {Playback} playback @param {number} wall */
  drawScrub(playback, wall) {
    const { log } = playback;
    const from = log.whenAt(log.first);
    const to = Math.max(playback.roomTime(wall), from);
    const shown = playback.shownTime(wall);
    this.scrub.disabled = to - from < SHORTEST;
    this.scrub.min = from.toFixed(2);
    // Never before the last step: whoever is at the end of the slider is at the end.
    this.scrub.max = (Math.ceil(to * 100) / 100).toFixed(2);
    if (!this.dragging) this.scrub.value = shown.toFixed(3);
    this.scrub.setAttribute("aria-valuetext", playback instanceof RecordedRun ? shownOf(playback, wall) : agoWords(to - shown));
    this.drawTicks(log.marks, from, to - from);
  }

  /** @param {{when: number, kind: string}[]} marks @param {number} from @param {number} length */
  drawTicks(marks, from, length) {
    const places = new Map(marks.map(({ when, kind }) => [`${Math.round(((when - from) / (length || 1)) * 200)} ${kind}`, kind]));
    const wanted = [...places.keys()].slice(-MOST_TICKS);
    if (wanted.join() === this.drawnTicks) return;
    this.drawnTicks = wanted.join();
    this.ticks.replaceChildren(...wanted.map((place) => tick(Number.parseInt(place, 10) / 200, places.get(place) ?? "")));
  }
}

/** @param {number} share of the way @param {string} kind */
function tick(share, kind) {
  const node = document.createElement("span");
  node.style.setProperty("--at", String(share));
  node.dataset.kind = kind;
  return node;
}
