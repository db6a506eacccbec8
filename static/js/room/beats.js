/** What a first record is told in: which of its hops, and which marks of the picture each is about. Pure. */

/**
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./types.js").Topology} Topology
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

/** Which marks a beat is about, as a selector. @param {Hop} hop */
export function litBy({ type, topic, partition, offset, group, source }) {
  const row = `${topic}/${partition}`;
  const record = [`cell-${row}/${offset}`, `at-${row}/${offset}`, `name-${row}`, `track-${row}`];
  const reader = [`group-${group}`, `group-${group}-name`, `member-${source}`, `member-${source}-name`];
  const lit = {
    send: ["producer", "producer-name", "sent"],
    ack: [...record, `end-${row}`, `endtext-${row}`, `topic-${topic}`],
    poll: [...record, ...reader],
    process: [...reader, `group-${group}-made-0`],
    commit: [`committed-${group}/${row}`, `lanetext-${group}/${row}`, `lane-${row}`, `name-${row}`, `member-${source}`],
  };
  return (lit[/** @type {keyof typeof lit} */ (type)] ?? []).map((id) => `[data-id=${JSON.stringify(id)}]`).join(", ");
}
