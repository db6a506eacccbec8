/**
 * How much of each kind a saved run may have: far more than any room has, and no more than a page can bear. A state is
 * made anew for each hop, so what is in it must be few. Pure.
 *
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./trace.js").Frame} Frame
 */

import { gettext } from "./i18n.js";

const MOST = { hops: 60_000, members: 200, places: 1_000, names: 400 };
const COMES = new Set(["join", "assign", "revoke", "lost", "crash", "transaction", "guest"]);
const WORDS = () => ({
  hops: gettext("This run is longer than any room’s: it has more than %(most)s steps."),
  members: gettext("This run has more than %(most)s members at once: no page can draw them."),
  places: gettext("This run has more than %(most)s partitions: no page can draw them."),
  names: gettext("This run has more than %(most)s names of groups, brokers and settings: no room has so many."),
});

/** Names that every object of a browser has of its own could not be told from what the run says. @param {unknown} text */
export const isName = (text) => typeof text === "string" && text.length <= 300 && !(text in Object.prototype);

class Counted {
  constructor() {
    this.hops = 0;
    /** Who is there. @type {Set<string>} */
    this.members = new Set();
    /** @type {Set<string>} */
    this.places = new Set();
    /** @type {Set<string>} */
    this.names = new Set();
  }

  /** @param {Frame} frame */
  frame({ type, hops, room }) {
    if (type === "backlog") this.members.clear();
    for (const name of Object.keys(room?.settings ?? {})) this.names.add(`client/${name}`);
    for (const hop of hops) this.hop(hop);
  }

  /** @param {Hop} hop */
  hop(hop) {
    const { type, source = "", group = "", topic, partition, data } = hop;
    this.hops += 1;
    if (type === "leave") this.members.delete(source);
    else if (COMES.has(type)) this.members.add(source);
    else this.names.add(`source/${source}`);
    this.names.add(`group/${group}`);
    if (topic !== undefined) this.places.add(`${group}/${topic}/${partition}`);
    for (const place of [...(hop.partitions ?? []), ...(data?.changed ?? [])]) this.places.add(`${group}/${place.join("/")}`);
    if (type === "setting") this.setting(data);
  }

  /** @param {any} data */
  setting({ name = "", settings = {} }) {
    this.names.add(`setting/${name}`);
    for (const client of Object.keys(settings)) this.names.add(`client/${client}`);
  }

  /** @returns {keyof typeof MOST | undefined} */
  get beyond() {
    if (this.hops > MOST.hops) return "hops";
    if (this.members.size > MOST.members) return "members";
    if (this.places.size > MOST.places) return "places";
    return this.names.size > MOST.names ? "names" : undefined;
  }
}

/** What there is too much of, in a sentence to be filled in, and how much may be. @param {Frame[]} frames @returns {{format: string, most: number} | undefined} */
export function tooMuchOf(frames) {
  const counted = new Counted();
  for (const frame of frames) {
    counted.frame(frame);
    const kind = counted.beyond;
    if (kind) return { format: WORDS()[kind], most: MOST[kind] };
  }
  return undefined;
}
