/**
 * A saved run as text -> its head and its frames, or a TraceProblem whose message is a sentence. A file may come from
 * anywhere, so nothing that the picture builds upon is taken on trust. docs/protocol.md describes the format. Pure.
 *
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./types.js").Topology} Topology
 * @typedef {{version: number, scenario: string, code: string, recorded_at: string, recorded_on?: string, cluster: string, seq: number, topology: Topology}} Head
 * @typedef {{type: "backlog" | "hops", seq: number, hops: Hop[], room?: any}} Frame
 * @typedef {{head: Head, frames: Frame[]}} Trace
 */

import { gettext, interpolate, number } from "./i18n.js";
import { isName, tooMuchOf } from "./tracebounds.js";

const VERSION = 1;
export const MOST_BYTES = 30_000_000;
const MEGABYTE = 1_000_000;
const MOST_PARTITIONS = 100;
const MOST_BOXES = 50;
const MOST_LISTED = 1_000;

export class TraceProblem extends Error {}

/** @param {string} format @param {Record<string, unknown>} [values] @returns {never} */
function refuse(format, values = {}) {
  throw new TraceProblem(interpolate(format, values));
}

/** Before anything is read. @param {number} bytes */
export function checkSize(bytes) {
  if (bytes <= MOST_BYTES) return;
  const values = { size: number(Math.ceil(bytes / MEGABYTE)), most: number(MOST_BYTES / MEGABYTE) };
  refuse(gettext("This file has %(size)s MB. A saved run may have %(most)s MB."), values);
}

/** @param {string} text @returns {Trace} */
export function parseTrace(text) {
  checkSize(text.length);
  if (text.trim() === "") refuse(gettext("This file is empty."));
  const lines = text.split(/\r?\n/);
  const head = headOf(lines[0]);
  if (lines.at(-1) === "") lines.pop();
  const frames = lines.slice(1).map((line, index) => frameOf(line, index + 2, lines.length));
  checkOrder(frames, head.seq);
  const beyond = tooMuchOf(frames);
  if (beyond) refuse(beyond.format, { most: number(beyond.most) });
  return { head, frames };
}

/** @param {string} line @returns {any} undefined if it is not JSON */
function jsonOf(line) {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** @param {string} line @returns {Head} */
function headOf(line) {
  const head = jsonOf(line);
  if (!isObject(head) || head.type !== "trace") refuse(gettext("This file is not a saved run of Kafkaviz."));
  if (head.version !== VERSION)
    refuse(gettext("This run was saved in version %(version)s of the format. This page plays version %(known)s."), {
      version: typeof head.version === "number" ? head.version : "?",
      known: VERSION,
    });
  if (!isHead(head)) refuse(gettext("The first line of this file does not say what a saved run must say."));
  return /** @type {any} */ (head);
}

/** @param {string} line @param {number} place from 1 @param {number} last @returns {Frame} */
function frameOf(line, place, last) {
  const frame = jsonOf(line);
  if (frame === undefined && place === last) refuse(gettext("This file is cut off: its last line is not whole."));
  if (!isFrame(frame)) refuse(gettext("Line %(line)s of this file is not what was seen in a room."), { line: number(place) });
  return frame;
}

/** No frame may be missing: the hops' numbers tell. @param {Frame[]} frames @param {number} end the last hop's number */
function checkOrder(frames, end) {
  if (frames.length > 0 && frames[0].type !== "backlog") refuse(gettext("This run has no beginning: it does not say how things stood."));
  let seq = 0;
  frames.forEach((frame, index) => {
    const isNext = frame.type === "backlog" ? frame.seq >= seq : frame.hops[0].seq === seq + 1;
    if (!isNext) refuse(gettext("Something is missing before line %(line)s of this file."), { line: number(index + 2) });
    seq = frame.seq;
  });
  if (seq !== end) refuse(gettext("This file is cut off: it ends before the run does."));
  if (!frames.some(({ type }) => type === "hops")) refuse(gettext("Nothing happens in this run."));
  if (new Set(frames.flatMap(({ room }) => (room ? [room.incarnation] : []))).size > 1)
    refuse(gettext("This file holds more than one life of a room."));
}

/** @param {unknown} value @returns {value is Record<string, any>} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
/** @param {unknown} value @returns {value is string} */
const isText = (value) => typeof value === "string";
/** @param {unknown} value */
const isCount = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
/** @param {unknown} value @param {(one: any) => boolean} isOne */
const isListOf = (value, isOne) => Array.isArray(value) && value.every(isOne);
/** @param {unknown} value */
const isPlace = (value) => Array.isArray(value) && value.length === 2 && isName(value[0]) && isCount(value[1]);
/** @param {unknown} value @param {(one: any) => boolean} isOne */
const isShortListOf = (value, isOne) => Array.isArray(value) && value.length <= MOST_LISTED && value.every(isOne);

/** @param {unknown} value */
const isKeyCount = (value) => Array.isArray(value) && value.length === 2 && (value[0] === null || isText(value[0])) && isCount(value[1]);

/** @param {any} value @param {Record<string, (one: any) => boolean>} fields each may be absent */
const fits = (value, fields) => Object.entries(fields).every(([name, isRight]) => value[name] === undefined || isRight(value[name]));

/** @param {any} head */
function isHead({ scenario, code, recorded_at, recorded_on = "", cluster, seq, topology }) {
  return [scenario, code, cluster, recorded_on].every(isText) && isMoment(recorded_at) && isCount(seq) && isTopology(topology);
}

/** @param {any} value */
function isMoment(value) {
  // biome-ignore lint/style/noRestrictedGlobals: it reads a text, and asks no clock
  return isText(value) && !Number.isNaN(Date.parse(value));
}

/** @param {any} topology */
function isTopology(topology) {
  if (!isObject(topology)) return false;
  const { topics, groups, actions, icons, producer, keys = [] } = topology;
  const lists =
    isListOf(topics, isTopic) &&
    isListOf(groups, isGroup) &&
    Array.isArray(actions) &&
    isListOf(keys, isText) &&
    topics.length + groups.length <= MOST_BOXES;
  return lists && isText(producer) && (icons === undefined || (isObject(icons) && Object.values(icons).every(isText)));
}

/** @param {unknown} value */
const isFlag = (value) => typeof value === "boolean";

/** @param {any} topic */
const isTopic = (topic) =>
  isObject(topic) &&
  isName(topic.name) &&
  isName(topic.title) &&
  isCount(topic.partitions) &&
  topic.partitions <= MOST_PARTITIONS &&
  fits(topic, { spare: isFlag });

/** @param {any} group */
const isGroup = (group) =>
  isObject(group) &&
  isName(group.name) &&
  isName(group.title) &&
  isListOf(group.topics, isName) &&
  fits(group, {
    icon: isText,
    does: isText,
    emits: (one) => isListOf(one, isName),
    show: isShow,
    world: isWorld,
    guest: isFlag,
    shared: isFlag,
  });

/** @param {any} world */
const isWorld = (world) => isObject(world) && isText(world.kind) && fits(world, { drawing: isText, inside: isText, within: isText });

/** @param {any} show */
const isShow = (show) =>
  isObject(show) &&
  isText(show.field) &&
  fits(show, {
    unit: (one) => isListOf(one, isText) && one.length === 2,
    steps: (one) => isListOf(one, (step) => isListOf(step, isText) && step.length === 2),
  });

/** @param {any} frame @returns {frame is Frame} */
function isFrame(frame) {
  if (!isObject(frame) || !isCount(frame.seq) || !isListOf(frame.hops, isHop)) return false;
  if (frame.type === "backlog") return isRoom(frame.room) && isRising(frame.hops) && (frame.hops.at(-1)?.seq ?? 0) <= frame.seq;
  return frame.type === "hops" && frame.hops.length > 0 && isRising(frame.hops, 1) && frame.hops.at(-1)?.seq === frame.seq;
}

/** @param {any} room */
const isRoom = (room) =>
  isObject(room) &&
  isCount(room.incarnation) &&
  Number.isFinite(room.now) &&
  isSheet(room.settings) &&
  (room.crowd === null || (isObject(room.crowd) && Number.isFinite(room.crowd.asked)));

/** @param {Hop[]} hops @param {number} [by] exactly so much from hop to hop */
const isRising = (hops, by) =>
  hops.every(({ seq }, index) => index === 0 || (by === undefined ? seq > hops[index - 1].seq : seq === hops[index - 1].seq + by));

/** @type {Record<string, (value: any) => boolean>} */
const FIELDS = {
  source: isName,
  topic: isName,
  partition: isCount,
  first: isCount,
  offset: isCount,
  count: isCount,
  key: (value) => value === null || isText(value),
  keys: (value) => isShortListOf(value, isKeyCount),
  group: isName,
  trace: isText,
  data: isObject,
  partitions: (value) => isShortListOf(value, isPlace),
  error: isText,
  by: isName,
};

const PLACE = ["topic", "partition"];
const MEMBER = ["source", "group"];
/** What the picture can't do without, by type of hop; a type that is not here is none. @type {Record<string, string[]>} */
const NEEDS = {
  send: ["source", "topic", "data"],
  ack: [...PLACE, "offset"],
  poll: [...PLACE, ...MEMBER, "offset"],
  process: [...PLACE, ...MEMBER, "offset"],
  acknowledge: [...PLACE, ...MEMBER, "offset", "data"],
  commit: [...PLACE, "group", "offset"],
  fail: ["source"],
  retry: ["source"],
  guest: [...MEMBER, "partitions"],
  join: MEMBER,
  leave: MEMBER,
  crash: MEMBER,
  assign: [...MEMBER, "partitions"],
  revoke: [...MEMBER, "partitions"],
  lost: [...MEMBER, "partitions"],
  broker_up: ["source"],
  broker_down: ["source"],
  leader: ["source", ...PLACE],
  isr: ["source", ...PLACE, "data"],
  coordinator: ["source", "group"],
  lag: [...PLACE, "group", "data"],
  ledger: ["data"],
  projection: ["group", "data"],
  seek: [...PLACE, "group", "offset"],
  setting: ["data"],
  transaction: [...MEMBER, "data"],
  void: [...PLACE, ...MEMBER, "offset"],
  delete: [...PLACE, "source", "offset"],
};

/** @param {any} value */
const isNamed = (value) => isObject(value) && Object.keys(value).length <= MOST_LISTED && Object.keys(value).every(isName);

/** Names with counts. @param {any} value */
const isBook = (value) =>
  isNamed(value) && Object.values(value).every((counts) => isObject(counts) && Object.values(counts).every(isCount));

/** How clients are set, by their names. @param {any} value */
const isSheet = (value) => isNamed(value) && Object.values(value).every(isNamed);

/** @param {any} value */
const areChanged = (value) => isShortListOf(value, isPlace);

/** Of what is in `data`, that which is counted with. @type {Record<string, Record<string, (value: any) => boolean>>} */
const DATA = {
  send: { total: isCount },
  ack: { latency_ms: Number.isFinite },
  poll: { deliveries: isCount },
  process: { redelivered: isCount },
  acknowledge: { as: isName, deliveries: isCount, limit: isCount },
  fail: { total: isCount },
  retry: { waiting: isCount, timeout_ms: isCount, wait_s: Number.isFinite, try: isCount, of: isCount, records: isCount },
  assign: { changed: areChanged, still_ms: Number.isFinite },
  broker_up: { host: isText, delay_ms: isCount },
  broker_down: { host: isText, delay_ms: isCount },
  commit: { next: isCount },
  crash: { changed: areChanged, held: isCount },
  isr: { min_in_sync: isCount, in_sync: (value) => isShortListOf(value, isCount), replicas: (value) => isShortListOf(value, isCount) },
  revoke: { changed: areChanged },
  lost: { changed: areChanged },
  leave: { changed: areChanged },
  lag: { end: Number.isFinite, lag: Number.isFinite },
  ledger: { topics: isBook, groups: isBook },
  seek: { short: isName },
  setting: { name: isName, member: isName, settings: isSheet },
  transaction: { state: isName },
};

/** @param {any} hop */
function isHop(hop) {
  if (!isObject(hop) || !isCount(hop.seq) || !Number.isFinite(hop.time) || !Object.hasOwn(NEEDS, hop.type)) return false;
  return fits(hop, FIELDS) && NEEDS[hop.type].every((name) => hop[name] !== undefined) && fits(hop.data ?? {}, DATA[hop.type] ?? {});
}
