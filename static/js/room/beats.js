/** What a first record, rebalance or broker's death is told in: which of the hops, and which marks of the picture each is about. Pure. */

/**
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./types.js").Topology} Topology
 * @typedef {{first: Hop | undefined, found: Hop[], count: number | undefined, isOver: boolean, takes: (hop: Hop) => boolean}} Story
 *   takes: whether that hop is a beat of it, which may be asked again; first: what began it; count: of its beats, where that is known before;
 *   isOver: nothing more belongs to it
 */

/** So many readers are shown taking a copy. */
const MOST_READERS = 3;

/** @param {Pick<Hop, "type" | "topic" | "group">} hop */
export const kindOf = ({ type, topic, group = "" }) => `${type} ${topic} ${type === "send" || type === "ack" ? "" : group}`.trim();

/** What is told of a first record that was sent to that topic, in the order in which it happens. @param {Topology} topology @param {string} topic @param {string | undefined} own the group that makes the card @returns {string[]} kinds of hops */
export function beatsOf({ groups, topics }, topic, own) {
  const readers = groups.filter(({ topics: read, shared, guest }) => read.includes(topic) && !shared && !guest).map(({ name }) => name);
  const spare = new Set(topics.filter((one) => one.spare).map(({ name }) => name));
  const mine = groups.find(({ name }) => name === own);
  const next = mine?.topics.find((name) => name !== topic && !spare.has(name));
  const writer = groups.find(({ name, emits }) => next && emits?.includes(next) && readers.includes(name))?.name;
  const worker = writer ?? (own && readers.includes(own) ? own : readers[0]);
  const first = [...readers.filter((name) => name === worker), ...readers.filter((name) => name !== worker)].slice(0, MOST_READERS);
  return [
    `send ${topic}`,
    `ack ${topic}`,
    ...first.map((name) => `poll ${topic} ${name}`),
    ...(worker ? [`process ${topic} ${worker}`, `commit ${topic} ${worker}`] : []),
    ...(writer ? [`ack ${next}`, `process ${next} ${own}`] : []),
  ];
}

/** The first record that is sent, and what becomes of it. @implements {Story} */
export class RecordStory {
  /** @param {Topology} topology @param {string | undefined} own the group that makes the card of what was pressed */
  constructor(topology, own) {
    this.topology = topology;
    this.own = own;
    this.beats = /** @type {string[]} */ ([]);
    this.first = /** @type {Hop | undefined} */ (undefined);
    /** Of each kind of beat the first hop that is one. @type {Map<string, Hop>} */
    this.kinds = new Map();
  }

  get found() {
    return [...this.kinds.values()];
  }

  get count() {
    return this.beats.length;
  }

  get isOver() {
    return this.kinds.size >= this.beats.length;
  }

  /** @param {Hop} hop */
  takes(hop) {
    if (hop.seq === undefined) return false;
    if (!this.first && hop.type === "send" && hop.trace) {
      this.first = hop;
      this.beats = beatsOf(this.topology, hop.topic ?? "", this.own);
    }
    const kind = kindOf(hop);
    if (!this.first || !this.beats.includes(kind)) return false;
    if (hop.type !== "commit" && hop.trace !== this.first.trace) return false;
    if (!this.kinds.has(kind)) this.kinds.set(kind, hop);
    return this.kinds.get(kind)?.seq === hop.seq;
  }
}

/** What begins with a hop that has been seen: each kind of what follows is told once. @implements {Story} */
class Sequel {
  count = undefined;

  /** @param {Hop} first */
  constructor(first) {
    this.first = first;
    /** @type {Map<number, Hop | undefined>} */
    this.judged = new Map();
    this.kinds = /** @type {Set<string>} */ (new Set());
  }

  get found() {
    return [...this.judged.values()].filter((hop) => hop !== undefined);
  }

  get isOver() {
    return false;
  }

  /** @param {Hop} _hop @returns {string} nothing for what is no part of it */
  kindOf(_hop) {
    return "";
  }

  /** Whether it comes too late to belong to it. @param {Hop} _hop */
  isTooLate(_hop) {
    return this.isOver;
  }

  /** In the log's order, the first time. @param {Hop} hop */
  takes(hop) {
    if (hop.seq === undefined || hop.seq < this.first.seq) return false;
    if (!this.judged.has(hop.seq)) this.judged.set(hop.seq, !this.isTooLate(hop) && this.isNew(this.kindOf(hop)) ? hop : undefined);
    return this.judged.get(hop.seq) !== undefined;
  }

  /** @param {string} kind */
  isNew(kind) {
    if (!kind || this.kinds.has(kind)) return false;
    this.kinds.add(kind);
    return true;
  }
}

const TAKEN = ["revoke", "lost", "crash"];
const OF_PARTITIONS = ["assign", "revoke", "lost"];
const OF_REBALANCES = ["join", "leave", "assign", ...TAKEN];

/** Who comes or goes, who gives partitions back, and who reads them from now on. It is over when each that was taken has a reader again. */
export class RebalanceStory extends Sequel {
  /** @param {Hop} first a control, or a crash */
  constructor(first) {
    super(first);
    this.unread = /** @type {Set<string>} */ (new Set());
    this.isDealt = false;
  }

  get isOver() {
    return this.isDealt && this.unread.size === 0;
  }

  /** @param {Hop} hop */
  kindOf({ type, source, group, seq, data }) {
    if (group !== this.first.group) return "";
    const changed = data?.changed ?? [];
    if (!OF_REBALANCES.includes(type)) return seq === this.first.seq ? type : "";
    if (OF_PARTITIONS.includes(type) && changed.length === 0) return "";
    this.deal(type, changed);
    return `${type} ${source}`;
  }

  /** @param {string} type @param {[string, number][]} changed */
  deal(type, changed) {
    for (const place of changed.map((one) => one.join("/"))) {
      if (TAKEN.includes(type)) this.unread.add(place);
      else this.unread.delete(place);
    }
    if (type === "assign") this.isDealt = true;
  }
}

/** Who is gone, what has no leader then, who leads it from now on, and which copies are left. */
export class DeathStory extends Sequel {
  get isOver() {
    return this.kinds.has("leader");
  }

  /** @param {Hop} hop */
  kindOf({ type, source, seq }) {
    if (seq === this.first.seq) return type;
    if (type === "leader" && source === "none") return "leaderless";
    return ["broker_down", "leader", "isr", "coordinator"].includes(type) ? type : "";
  }

  /** What is found out together with the new leader belongs to it. @param {Hop} hop */
  isTooLate(hop) {
    return this.isOver && hop.time > (this.found.at(-1)?.time ?? 0);
  }
}

/** Which marks a beat is about, as a selector. @param {Hop} hop */
export function litBy({ type, topic, partition, partitions = [], offset, group, source, data }) {
  const row = `${topic}/${partition}`;
  const record = [`cell-${row}/${offset}`, `at-${row}/${offset}`, `name-${row}`, `track-${row}`];
  const reader = [`group-${group}`, `group-${group}-name`, `member-${source}`, `member-${source}-name`];
  const rows = topic === undefined ? partitions.map((place) => place.join("/")) : [row];
  const taken = (data?.changed ?? []).map((/** @type {[string, number]} */ place) => place.join("/"));
  const dealt = [...reader, ...taken.flatMap((/** @type {string} */ one) => [`name-${one}`, `track-${one}`])];
  const lit = {
    send: ["producer", "producer-name", "sent"],
    ack: [...record, `end-${row}`, `endtext-${row}`, `topic-${topic}`],
    poll: [...record, ...reader],
    process: [...reader, `group-${group}-made-0`],
    setting: group
      ? [`group-${group}`, `group-${group}-name`, `member-${data?.member}`, `member-${data?.member}-name`]
      : [`broker-${data?.name}`, `broker-word-${data?.name}`],
    broker_down: [`broker-${source}`, `broker-word-${source}`, "brokers-title"],
    leader: rows.flatMap((one) => [`name-${one}`, `track-${one}`, `leader-${one}`]),
    isr: rows.flatMap((one) => [`name-${one}`, `track-${one}`, `copies-${one}`]),
    coordinator: [`group-${group}`, `group-${group}-name`, `coordinator-${group}`, `broker-${source}`],
    commit: [`committed-${group}/${row}`, `lanetext-${group}/${row}`, `lane-${row}`, `name-${row}`, `member-${source}`],
  };
  const own = OF_REBALANCES.includes(type) ? dealt : lit[/** @type {keyof typeof lit} */ (type)];
  return (own ?? []).map((id) => `[data-id=${JSON.stringify(id)}]`).join(", ");
}
