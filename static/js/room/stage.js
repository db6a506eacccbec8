/** What the projector has beside the picture: a crowd's rate in large figures, and the way in, which is large until somebody has come. */

import { gettext, interpolate, ngettext, number, unitOf } from "./i18n.js";
import { lagIn } from "./lag.js";
import { part, say, sinceWords } from "./page.js";

/**
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Topology} Topology
 */

/** Groups that are less than a second behind in all they read. @param {State} state @param {Topology} topology @param {number} rate records a second */
export function keepingUp({ lanes, parts }, { groups }, rate) {
  return groups.filter(({ name, shared }) => {
    const own = Object.entries(lanes).filter(([id]) => id.startsWith(`${name}/`));
    const behind = own.map(([id, lane]) => lagIn(lane, parts[id.slice(name.length + 1)]?.end ?? 0));
    return !shared && own.length > 0 && behind.every((lag) => lag !== null) && behind.reduce((sum, lag) => sum + Number(lag), 0) <= rate;
  }).length;
}

/** @param {Topology} topology @param {number} rate */
function unit({ actions, groups }, rate) {
  const { show } = groups.find(({ name }) => name === actions[0]?.own) ?? {};
  return (show && !show.steps && unitOf(show, rate)) || ngettext("record", "records", rate);
}

/** @param {string} what "hearts" @param {number} readers @param {string} machine */
export function rateWords(what, readers, machine) {
  if (readers === 0) return interpolate(gettext("%(what)s a second stored, on this machine: %(machine)s"), { what, machine });
  const format = ngettext(
    "%(what)s a second, stored and read by %(n)s group, on this machine: %(machine)s",
    "%(what)s a second, stored and read by %(n)s groups, on this machine: %(machine)s",
    readers,
  );
  return interpolate(format, { what, n: number(readers), machine });
}

/** @param {any} diagram */
function draw({ views, topology }) {
  if (!views) return;
  const { state } = views.playback;
  document.body.classList.toggle("begun", Object.values(state.sent).some(Boolean));
  const place = part("[data-big]");
  const reading = Number(state.settings.crowd) > 0 ? views.meter.read() : undefined;
  place.hidden = !reading;
  if (!reading) return;
  const rate = Math.round(reading.rate);
  say(part("[data-big-figure]"), number(rate));
  const words = rateWords(unit(topology, rate), keepingUp(state, topology, rate), place.dataset.machine ?? "");
  say(part("[data-big-words]"), words + sinceWords(views.playback.shownTime(performance.now()) - reading.until));
}

const diagram = globalThis.document?.querySelector("kafka-diagram");
if (diagram) {
  for (const type of ["played", "jumped"]) diagram.addEventListener(type, () => draw(diagram));
  setInterval(() => draw(diagram), 1000);
}
