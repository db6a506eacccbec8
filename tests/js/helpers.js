/** A small room that runs without a broker: the hops that the server would send, made from a seed. */

export const TOPOLOGY = {
  code: "K7MPX4",
  scenario: "test",
  socket: "/ws/rooms/K7MPX4/",
  producer: "The app",
  topics: [
    { name: "orders", title: "Orders", partitions: 3 },
    { name: "events", title: "Events", partitions: 2 },
  ],
  groups: [
    {
      name: "cook",
      title: "Cook",
      icon: "🏪",
      topics: ["orders"],
      emits: ["events"],
      does: "cooks",
      show: { field: "cooked", unit: ["cooked", "cooked"] },
    },
    { name: "status", title: "Status", topics: ["orders", "events"], show: { field: "status", steps: [["placed", "Placed"]] } },
  ],
  actions: [{ slug: "order", title: "Order", own: "status" }],
};

/** A small generator with a seed, so that a failure can be repeated. */
export function randomOf(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

const trace = (number) => number.toString(16).padStart(32, "0");

/** Whole records and runs, each with send, ack, poll, process and commit, at a given mean gap in seconds. */
export function roomHops(seed, records, gap = 0.05) {
  const random = randomOf(seed);
  const ends = [0, 0, 0];
  const hops = [];
  let time = 0;
  let total = 0;
  const put = (hop) => hops.push({ seq: hops.length + 1, time, ...hop });
  put({ type: "join", source: "cook-1", group: "cook" });
  put({ type: "assign", source: "cook-1", group: "cook", partitions: [0, 1, 2].map((one) => ["orders", one]) });
  for (let index = 0; index < records; index += 1) {
    const partition = random(3);
    const count = random(4) === 0 ? 2 + random(200) : 1;
    const first = ends[partition];
    ends[partition] += count;
    total += count;
    const whole = count === 1 ? { key: "ABCDEF"[random(6)], trace: trace(index + 1) } : { first };
    const place = { topic: "orders", partition, offset: ends[partition] - 1, count, ...whole };
    const sent = { topic: "orders", count, ...(count === 1 ? whole : {}) };
    put({ type: "send", source: "app", ...sent, data: { type: "order.placed", total } });
    for (const type of ["ack", "poll", "process", "commit"]) {
      time += (gap * (1 + random(5))) / 12;
      put(
        type === "ack" ? { type, source: "app", ...place, data: { latency_ms: 3 } } : { type, source: "cook-1", group: "cook", ...place },
      );
    }
    put({ type: "projection", source: "cook-1", group: "cook", key: place.key ?? "all", data: { cooked: index } });
  }
  return hops;
}

/** What a newcomer gets: the latest hop of each kind, and the last whole acks. */
export function compacted(hops, acks = 40) {
  const latest = new Map();
  for (const hop of hops) {
    const whole = hop.type === "ack" && hop.trace ? hop.offset : "";
    const id = [
      hop.type.replace(/_(up|down)$/, ""),
      hop.topic,
      hop.partition,
      hop.group,
      hop.partitions || ["join", "broker_up", "broker_down", "retry"].includes(hop.type) ? hop.source : "",
      hop.type === "projection" ? hop.key : "",
      hop.type === "setting" ? hop.data.name : "",
      whole,
    ].join("|");
    latest.set(id, hop);
  }
  const kept = [...latest.values()].sort((a, b) => a.seq - b.seq);
  return kept.filter(
    (hop) =>
      hop.type !== "ack" ||
      !hop.trace ||
      kept.filter(
        (one) => one.type === "ack" && one.trace && one.topic === hop.topic && one.partition === hop.partition && one.offset > hop.offset,
      ).length < acks,
  );
}

const IDS = [1, 2, 3];

/** What the brokers of that room tell when all is well: `replicas[0]` is who should lead. */
export function clusterHops() {
  const up = IDS.map((id) => ({ type: "broker_up", source: `broker-${id}`, data: { host: `127.0.0.1:${9000 + id}` } }));
  const places = TOPOLOGY.topics.flatMap(({ name, partitions }) => IDS.slice(0, partitions).map((_, index) => [name, index]));
  const led = places.flatMap(([topic, partition]) => {
    const replicas = [...IDS.slice(partition), ...IDS.slice(0, partition)];
    const source = `broker-${replicas[0]}`;
    return [
      { type: "leader", source, topic, partition },
      { type: "isr", source, topic, partition, data: { in_sync: IDS, replicas } },
    ];
  });
  return numbered([...up, ...led]);
}

/** A broker dies, and broker 3 takes over what it led, unless it is broker 3. */
export function deathOf(id, from = 100) {
  const heir = `broker-${id === 3 ? 1 : 3}`;
  const in_sync = IDS.filter((one) => one !== id);
  const told = clusterHops().flatMap((hop) => {
    const source = hop.source === `broker-${id}` ? heir : hop.source;
    if (hop.type === "leader" && source !== hop.source) return [{ ...hop, source }];
    return hop.type === "isr" ? [{ ...hop, source, data: { ...hop.data, in_sync } }] : [];
  });
  return numbered([{ type: "broker_down", source: `broker-${id}` }, ...told], from);
}

/** @param {any[]} hops */
export const numbered = (hops, from = 1) => hops.map((hop, index) => ({ ...hop, seq: from + index, time: (from + index) / 100 }));
