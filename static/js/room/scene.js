/** (topology, state, layout) -> the marks that stand still, as a flat list. Pure. */

import { brokerItems, coordinatorMark } from "./brokers.js";
import { totalFailed, totalWaiting } from "./cluster.js";
import { flowItems, groupRate } from "./flow.js";
import { foldItems } from "./fold.js";
import { NO_HEAT, scaleText } from "./heat.js";
import { gettext, interpolate, ngettext, number } from "./i18n.js";
import { isEmitted, SET_LINE } from "./layout.js";
import { fit, textWidth } from "./measure.js";
import { idleWord, unreadText } from "./readers.js";
import { box, label, rateText, rowItems } from "./rows.js";

/**
 * @typedef {import("./types.js").Topology} Topology
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./layout.js").Layout} Layout
 * @typedef {import("./rows.js").Flows} Flows
 */

/** Room for two of them. */
const BUTTONS = 60;

/** @param {State} state */
function waitingText(state) {
  const count = totalWaiting(state);
  return count === 0 ? "" : interpolate(ngettext("%(n)s waits", "%(n)s wait", count), { n: number(count) });
}

/** @param {State} state */
function failedText(state) {
  const count = totalFailed(state);
  return count === 0 ? "" : interpolate(ngettext("✕ %(n)s failed", "✕ %(n)s failed", count), { n: number(count) });
}

/** @param {Topology} topology @param {State} state @param {Layout} layout @returns {Item[]} */
function producerItems(topology, state, { producer, mode, sets, sizes }) {
  const own = topology.topics.filter((topic) => !isEmitted(topology, topic));
  const total = own.reduce((sum, topic) => sum + (state.sent[topic.name] ?? 0), 0);
  const sent = interpolate(ngettext("%(n)s sent", "%(n)s sent", total), { n: number(total) });
  const items = [box("producer", producer, "actor"), label("producer-name", 14, producer.y + sizes.bar / 2 + 4, topology.producer, "name")];
  const wait = waitingText(state);
  const failed = failedText(state);
  if (mode === "narrow") {
    const told = [sent, wait, failed].filter(Boolean).slice(-2).join(" · ");
    const set = sets.map((text) => label("producer-set-0", 14, producer.y + sizes.bar + 1, text, "set"));
    return [...items, label("sent", producer.w - 14, producer.y + sizes.bar / 2 + 5, told, "muted", { anchor: "end" }), ...set];
  }
  const waiting = wait ? [label("waiting", 14, producer.y + 106, wait, "alarm")] : [];
  const lost = failed ? [label("failed", 14, producer.y + producer.h - 10, fit(failed, producer.w - 20, 12), "alarm")] : [];
  const title = label("producer-title", 0, 17, gettext("Producer"), "title");
  const below = producer.y + producer.h + SET_LINE;
  const set = sets.map((text, index) => label(`set-${index}`, 0, below + index * SET_LINE, text, "set"));
  return [title, ...items, label("sent", 14, producer.y + 46, sent, "muted"), ...waiting, ...lost, ...set];
}

/** Less is said rather than cut short. @param {Layout} layout @param {Layout["topics"][number]} place @param {number} room in pixels @param {import("./heat.js").Heat} heat */
function aboutTopic({ rows }, { topic: { name, partitions } }, room, heat) {
  const scale = rows[`${name}/0`]?.scale ?? 1;
  if (scale > 1) return scaleText(scale, heat.fastest.get(name), room, 13);
  const about = ngettext("topic %(name)s, %(n)s partition", "topic %(name)s, %(n)s partitions", partitions);
  const text = interpolate(about, { name, n: partitions });
  const brief = interpolate(ngettext("%(n)s partition", "%(n)s partitions", partitions), { n: partitions });
  return [text, brief].find((one) => textWidth(one, 13) <= room) ?? "";
}

/** @param {Layout} layout @param {Layout["topics"][number]} place @param {import("./heat.js").Heat} heat @returns {Item[]} */
function topicTitle(layout, place, heat) {
  const { name, title } = place.topic;
  const x = place.x + textWidth(title, 15) + 18;
  const y = place.y + layout.sizes.titleH - 11;
  const room = place.x + place.w - x - (place === layout.topics[0] ? (layout.brokers?.cut ?? 0) : 0);
  return [
    label(`topic-${name}`, place.x, y, title, "title"),
    label(`about-${name}`, x, y, fit(aboutTopic(layout, place, room, heat), room, 13), "muted"),
  ];
}

/** What it is for; or, as long as that is so, what it does not do. @param {import("./layout.js").GroupPlace} place @param {string} unread @param {Layout} layout @returns {Item[]} */
function groupWords({ group, x, y, w, does, sets }, unread, { compact, sizes: { pad, line } }) {
  const at = (/** @type {number} */ index) => y + pad + 29 + index * line;
  const id = `group-${group.name}`;
  const set = sets.map((text, index) => label(`${id}-set-${index}`, x + pad, at(does.length + index), text, "set"));
  if (unread && compact)
    return [...does.map((text, index) => label(`${id}-unread${index ? `-${index}` : ""}`, x + pad, at(index), text, "alarm")), ...set];
  if (unread && does.length > 0) return [label(`${id}-unread`, x + pad, at(0), fit(unread, w - 2 * pad, 12), "alarm"), ...set];
  return [...does.map((text, index) => label(`${id}-does-${index}`, x + pad, at(index), text, "muted")), ...set];
}

/** @param {State} state @param {Layout} layout @param {import("./layout.js").GroupPlace} place @param {Flows} flows @param {string} unread @returns {Item[]} */
function groupItems(state, layout, place, flows, unread) {
  const { group, x, y, w } = place;
  const { pad, line } = layout.sizes;
  const id = `group-${group.name}`;
  const rate = groupRate(flows, group.name);
  const speed = rate > 0 ? rateText(rate) : "";
  // What stands at the right there: the coordinator's mark, or the buttons for members.
  const aside = layout.mode !== "narrow" && layout.compact ? BUTTONS : place.aside && state.coordinators[group.name] !== undefined ? 28 : 0;
  const whole = w - 2 * pad - (layout.mode === "narrow" ? 0 : aside);
  const both = [speed, place.aside].filter(Boolean).join(" · ");
  // Less is said rather than the name cut short.
  const reads = textWidth(group.title, 14) + textWidth(both, 15) <= whole ? both : speed;
  const room = whole - textWidth(reads, 15);
  const named = `${group.icon ?? ""} ${group.title}`.trim();
  const title = textWidth(named, 15) <= room ? named : fit(group.title, room, 14);
  return [
    box(id, place, "group"),
    label(`${id}-name`, x + pad, y + pad + 11, title, "name"),
    ...(reads ? [label(`${id}-rate`, x + w - pad - aside, y + pad + 11, reads, "name", { anchor: "end" })] : []),
    ...coordinatorMark(state, group.name, x + w - pad, y),
    ...groupWords(place, unread, layout),
    ...place.made.map((text, index) =>
      label(
        `${id}-made-${index}`,
        x + pad,
        place.madeY + index * line,
        fit(text, w - 2 * pad - (group.world?.kind === "line" ? (place.world?.w ?? 0) : 0), 12.5),
        "made",
      ),
    ),
  ];
}

/** @param {Topology} topology @param {State} state @param {string} id @param {import("./layout.js").MemberPlace} place @param {Layout} layout @returns {Item[]} */
function memberItems(topology, state, id, place, layout) {
  const { compact, sizes } = layout;
  const y = place.y + sizes.memberH / 2 + 4;
  const member = state.members[id];
  const idle = place.lines.length === 0;
  const parts = compact?.partsOf(state, id, place, layout);
  const lines = idle ? [idleWord(topology, state, member)] : (parts?.map(({ topic }) => topic) ?? place.lines);
  const name = label(`member-${id}-name`, place.x + 10, y, fit(id, place.w - (compact ? 20 : 60), 13), "member");
  if (place.inLine) {
    const right = label(`member-${id}-0`, place.x + place.w - 10, y, lines[0], "small", { anchor: "end" });
    return [box(`member-${id}`, place, member.guest ? "guest" : "member"), name, right];
  }
  const open = member.open ? [label(`member-${id}-open`, place.x + place.w - 10, y, gettext("⟨ open"), "small", { anchor: "end" })] : [];
  return [
    box(`member-${id}`, place, member.guest ? "guest" : idle ? "idle" : "member"),
    name,
    ...open,
    ...lines.map((text, index) => label(`member-${id}-${index}`, place.x + 10, y + 16 + index * 15, fit(text, place.w - 20, 12), "small")),
  ];
}

/** @param {Topology} topology @param {State} state @param {Layout} layout @param {Map<string, number>} registry @param {Flows} [flows] @param {import("./heat.js").Heat} [heat] @returns {Item[]} */
export function sceneOf(topology, state, layout, registry, flows = new Map(), heat = NO_HEAT) {
  const groups = Object.values(layout.groups);
  const title =
    groups.length > 0 && layout.sizes.over > 6
      ? [label("groups-title", groups[0].x, groups[0].y - 13, gettext("Consumer groups"), "title")]
      : [];
  return [
    ...flowItems(topology, layout, flows),
    ...producerItems(topology, state, layout),
    ...brokerItems(state, layout),
    ...layout.topics.flatMap((place) => topicTitle(layout, place, heat)),
    ...Object.values(layout.rows).flatMap((row) => rowItems(state, topology.groups, row, layout, registry, flows, heat)),
    ...layout.folds.flatMap((fold) => foldItems(state, topology.groups, fold, flows)),
    ...title,
    ...groups.flatMap((place) => groupItems(state, layout, place, flows, unreadText(topology, state, place.group))),
    ...Object.entries(layout.members).flatMap(([id, place]) => memberItems(topology, state, id, place, layout)),
    ...(layout.compact?.chipItems(state, layout) ?? []),
  ];
}
