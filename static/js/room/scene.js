/** (topology, state, layout) -> the marks that stand still, as a flat list. Pure. */

import { brokerItems } from "./brokers.js";
import { totalWaiting } from "./cluster.js";
import { flowItems, groupRate } from "./flow.js";
import { gettext, interpolate, ngettext, number } from "./i18n.js";
import { isEmitted, partitionLines } from "./layout.js";
import { fit, textWidth } from "./measure.js";
import { box, foldItems, label, rateText, rowItems } from "./rows.js";

/**
 * @typedef {import("./types.js").Topology} Topology
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./layout.js").Layout} Layout
 * @typedef {import("./rows.js").Flows} Flows
 */

/** @param {State} state */
function waitingText(state) {
  const count = totalWaiting(state);
  return count === 0 ? "" : interpolate(ngettext("%(n)s waits", "%(n)s wait", count), { n: number(count) });
}

/** @param {Topology} topology @param {State} state @param {Layout} layout @returns {Item[]} */
function producerItems(topology, state, { producer, mode }) {
  const own = topology.topics.filter((topic) => !isEmitted(topology, topic));
  const total = own.reduce((sum, topic) => sum + (state.sent[topic.name] ?? 0), 0);
  const sent = interpolate(ngettext("%(n)s sent", "%(n)s sent", total), { n: number(total) });
  const items = [box("producer", producer, "actor"), label("producer-name", 14, producer.y + 27, topology.producer, "name")];
  const wait = waitingText(state);
  if (mode === "narrow") {
    const told = wait ? `${sent} · ${wait}` : sent;
    return [...items, label("sent", producer.w - 14, producer.y + 28, told, "muted", { anchor: "end" })];
  }
  const waiting = wait ? [label("waiting", 14, producer.y + 106, wait, "alarm")] : [];
  const title = label("producer-title", 0, 17, gettext("Producer"), "title");
  return [title, ...items, label("sent", 14, producer.y + 46, sent, "muted"), ...waiting];
}

/** Less is said rather than cut short. @param {Layout} layout @param {Layout["topics"][number]} place @param {number} room in pixels */
function aboutTopic({ rows }, { topic: { name, partitions } }, room) {
  const scale = rows[`${name}/0`]?.scale ?? 1;
  if (scale > 1) return interpolate(gettext("1 box = %(n)s records"), { n: number(scale) });
  const about = ngettext("topic %(name)s, %(n)s partition", "topic %(name)s, %(n)s partitions", partitions);
  const text = interpolate(about, { name, n: partitions });
  if (textWidth(text, 13) <= room) return text;
  return interpolate(ngettext("%(n)s partition", "%(n)s partitions", partitions), { n: partitions });
}

/** @param {Layout} layout @param {Layout["topics"][number]} place @returns {Item[]} */
function topicTitle(layout, place) {
  const { name, title } = place.topic;
  const x = place.x + textWidth(title, 15) + 18;
  const room = place.x + place.w - x;
  return [
    label(`topic-${name}`, place.x, place.y + 17, title, "title"),
    label(`about-${name}`, x, place.y + 17, fit(aboutTopic(layout, place, room), room, 13), "muted"),
  ];
}

/** While a group shares its partitions out anew there are some that nobody reads. @param {Topology} topology @param {State} state @param {import("./types.js").Group} group */
function unreadText(topology, state, group) {
  const members = Object.values(state.members).filter((one) => one.group === group.name);
  const read = new Set(members.flatMap(({ partitions }) => partitions.map(([topic, partition]) => `${topic}/${partition}`)));
  const unread = topology.topics
    .filter(({ name }) => group.topics.includes(name))
    .flatMap(({ name, partitions }) => Array.from({ length: partitions }, (_, index) => /** @type {[string, number]} */ ([name, index])))
    .filter(([topic, partition]) => !read.has(`${topic}/${partition}`));
  if (unread.length === 0) return "";
  return interpolate(gettext("nobody reads %(places)s"), { places: partitionLines(unread).join(", ") });
}

/** What it is for; or, as long as that is so, what it does not do. @param {import("./layout.js").GroupPlace} place @param {string} unread @param {Layout} layout @returns {Item[]} */
function groupWords({ group, x, y, w, does }, unread, { sizes: { pad, line } }) {
  const at = (/** @type {number} */ index) => y + pad + 29 + index * line;
  const id = `group-${group.name}`;
  if (unread && does.length > 0) return [label(`${id}-unread`, x + pad, at(0), fit(unread, w - 2 * pad, 12), "alarm")];
  return does.map((text, index) => label(`${id}-does-${index}`, x + pad, at(index), text, "muted"));
}

/** @param {Layout} layout @param {import("./layout.js").GroupPlace} place @param {Flows} flows @param {string} unread @returns {Item[]} */
function groupItems(layout, place, flows, unread) {
  const { group, x, y, w } = place;
  const { pad, line } = layout.sizes;
  const id = `group-${group.name}`;
  const rate = groupRate(flows, group.name);
  const reads = rate > 0 ? rateText(rate) : "";
  const title = fit(`${group.icon ?? ""} ${group.title}`.trim(), w - 2 * pad - textWidth(reads, 15), 14);
  return [
    box(id, place, "group"),
    label(`${id}-name`, x + pad, y + pad + 11, title, "name"),
    ...(reads ? [label(`${id}-rate`, x + w - pad, y + pad + 11, reads, "name", { anchor: "end" })] : []),
    ...groupWords(place, unread, layout),
    ...place.made.map((text, index) =>
      label(`${id}-made-${index}`, x + pad, place.madeY + index * line, fit(text, w - 2 * pad, 12.5), "made"),
    ),
  ];
}

/** @param {string} id @param {import("./layout.js").MemberPlace} place @param {import("./types.js").Member} member @returns {Item[]} */
function memberItems(id, place, member) {
  const idle = place.lines.length === 0;
  const word = member.crashed ? gettext("✕ crashed") : gettext("idle: no partition left");
  const lines = idle ? [word] : place.lines;
  const name = label(`member-${id}-name`, place.x + 10, place.y + 18, fit(id, place.w - 60, 13), "member");
  if (place.inLine) {
    const right = label(`member-${id}-0`, place.x + place.w - 10, place.y + 18, lines[0], "small", { anchor: "end" });
    return [box(`member-${id}`, place, "member"), name, right];
  }
  return [
    box(`member-${id}`, place, idle ? "idle" : "member"),
    name,
    ...lines.map((text, index) =>
      label(`member-${id}-${index}`, place.x + 10, place.y + 34 + index * 15, fit(text, place.w - 20, 12), "small"),
    ),
  ];
}

/** @param {Topology} topology @param {State} state @param {Layout} layout @param {Map<string, number>} registry @param {Flows} [flows] @returns {Item[]} */
export function sceneOf(topology, state, layout, registry, flows = new Map()) {
  const groups = Object.values(layout.groups);
  const title = groups.length > 0 ? [label("groups-title", groups[0].x, groups[0].y - 13, gettext("Consumer groups"), "title")] : [];
  return [
    ...flowItems(topology, layout, flows),
    ...producerItems(topology, state, layout),
    ...brokerItems(state, layout),
    ...layout.topics.flatMap((place) => topicTitle(layout, place)),
    ...Object.values(layout.rows).flatMap((row) => rowItems(state, topology.groups, row, layout, registry, flows)),
    ...layout.folds.flatMap((fold) => foldItems(state, topology.groups, fold)),
    ...title,
    ...groups.flatMap((place) => groupItems(layout, place, flows, unreadText(topology, state, place.group))),
    ...Object.entries(layout.members).flatMap(([id, place]) => memberItems(id, place, state.members[id])),
  ];
}
