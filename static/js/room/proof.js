/** The record that is followed, read back from Kafka just now: the proof of what was told about it. */

import { gettext, interpolate, moment, ngettext, number } from "./i18n.js";
import { copyOrMark, part, say } from "./page.js";

/**
 * @typedef {string | {base64: string} | null} Bytes text, or bytes that are none
 * @typedef {{
 *   topic: string, partition: number, offset: number, key: Bytes, value: Bytes, headers: [string, Bytes][],
 *   headers_readable: boolean, timestamp: number, timestamp_type: "create" | "append", size: number, cut: boolean,
 *   commands: {kcat: string, console: string | null, login: boolean},
 * }} Kept
 * @typedef {import("./journey.js").Place} Place
 * @typedef {{place?: Place, trace?: string, acked?: number}} Wanted acked: when its producer heard that it was stored, in ms since 1970
 * @typedef {"waiting" | "asking" | "found" | "other" | "absent" | "gone" | "error"} State
 */

const ABSENT = /** @type {Record<string, State>} */ ({ "not-stored": "absent", "no-record": "absent", gone: "gone" });
const LONGEST_WAIT = 60_000;

/** @param {string} code @param {Place} place */
export const addressOf = (code, { topic, partition, offset }) =>
  `/api/rooms/${code}/records/${encodeURIComponent(topic)}/${partition}/${offset}/`;

/** As a person reads it: JSON on several lines, bytes as what they are. @param {Bytes} bytes */
export function readable(bytes) {
  if (bytes === null) return gettext("none");
  if (typeof bytes === "object") return `base64: ${bytes.base64}`;
  try {
    return JSON.stringify(JSON.parse(bytes), null, 2);
  } catch {
    return bytes;
  }
}

/** @param {Kept} kept @returns {string | undefined} */
export function traceOf({ headers }) {
  const found = headers.find(([name]) => name === "traceparent")?.[1];
  return typeof found === "string" ? found.split("-")[1] : undefined;
}

/** A log that began anew has other records at the same offsets. @param {Kept} kept @param {Wanted} wanted @returns {State} */
export const judge = (kept, { trace }) => (trace !== undefined && traceOf(kept) !== trace ? "other" : "found");

/** @param {Kept} kept */
export function headersText({ headers, headers_readable }) {
  if (!headers_readable) return gettext("headers that can’t be read here: a name in them is not UTF-8");
  return interpolate(ngettext("%(n)s header", "%(n)s headers", headers.length), { n: number(headers.length) });
}

/** @param {Kept} kept @param {Wanted} wanted */
export function timeWords({ timestamp, timestamp_type }, { acked }) {
  if (timestamp < 0) return gettext("none");
  const when = moment(timestamp);
  if (timestamp_type === "append") return interpolate(gettext("%(when)s, by the broker’s clock"), { when });
  const before = acked === undefined ? -1 : acked - timestamp;
  if (before < 0 || before > LONGEST_WAIT) return interpolate(gettext("%(when)s, by the producer’s clock"), { when });
  const ms = number(Math.round(before));
  return interpolate(gettext("%(when)s, by the producer’s clock: about %(ms)s ms before it heard that the record was stored"), {
    when,
    ms,
  });
}

const WORDS = () =>
  /** @type {Record<State, string>} */ ({
    waiting: gettext("It is not stored yet at this moment, so there is nothing to read back."),
    asking: gettext("Asking Kafka…"),
    found: gettext("Read from the brokers just now, by a consumer that joined no group."),
    other: gettext("At this place is another record now: the log has begun anew since."),
    absent: "",
    gone: "",
    error: gettext("The server did not answer. Try again in a moment."),
  });

/** @param {[string, Bytes]} header */
function headerRow([name, value]) {
  const row = document.createElement("tr");
  const [head, cell] = [document.createElement("th"), document.createElement("td")];
  head.scope = "row";
  head.textContent = name;
  cell.textContent = typeof value === "string" ? value : readable(value);
  row.append(head, cell);
  return row;
}

export class Proof {
  /** @param {string} code of the room; empty where there is none to ask, as in a saved trace */
  constructor(code) {
    this.code = code;
    this.box = part("[data-proof]");
    this.asked = "";
    this.wanted = /** @type {Wanted} */ ({});
    this.kept = /** @type {Kept | undefined} */ (undefined);
    part("[data-proof-again]").addEventListener("click", () => this.ask());
    this.box.addEventListener("click", ({ target }) => this.press(target));
  }

  /** Asks once for each record, as soon as its place is known. @param {Wanted} wanted */
  show(wanted) {
    this.box.hidden = this.code === "";
    this.wanted = wanted;
    const address = wanted.place ? addressOf(this.code, wanted.place) : "";
    if (this.kept) say(part("[data-proof-time]"), timeWords(this.kept, wanted));
    if (this.code === "" || (address !== "" && address === this.asked)) return;
    this.asked = address;
    this.kept = undefined;
    if (address) this.ask();
    else this.tell("waiting");
  }

  stop() {
    this.asked = "";
    this.kept = undefined;
  }

  ask() {
    this.tell("asking");
    void this.fetch(this.asked);
  }

  /** @param {string} address */
  async fetch(address) {
    const reply = await fetch(address).catch(() => undefined);
    const body = await reply?.json().catch(() => undefined);
    if (address !== this.asked) return;
    if (reply?.ok && body) this.take(body);
    else this.tell(ABSENT[body?.error?.code] ?? "error", body?.error?.message);
  }

  /** @param {Kept} kept */
  take(kept) {
    const state = judge(kept, this.wanted);
    this.tell(
      state,
      this.wanted.trace && state === "found"
        ? gettext("Read from the brokers just now, by a consumer that joined no group. Its trace is the one that was told.")
        : undefined,
    );
    if (state !== "found") return;
    this.kept = kept;
    this.draw(kept);
  }

  /** @param {State} state @param {string} [sentence] */
  tell(state, sentence) {
    this.box.dataset.proof = state;
    this.box.setAttribute("aria-busy", String(state === "asking"));
    part("[data-proof-again]").hidden = state === "waiting" || state === "asking";
    part("[data-proof-found]").hidden = state !== "found";
    say(part("[data-proof-words]"), sentence ?? WORDS()[state]);
  }

  /** @param {Kept} kept */
  draw(kept) {
    say(part("[data-proof-key]"), readable(kept.key));
    say(part("[data-proof-value]"), readable(kept.value));
    say(part("[data-proof-time]"), timeWords(kept, this.wanted));
    say(part("[data-proof-size]"), this.sizeWords(kept));
    say(part("[data-proof-count]"), headersText(kept));
    part("[data-proof-headers]").replaceChildren(...kept.headers.map(headerRow));
    say(part("[data-command=kcat]"), kept.commands.kcat);
    say(part("[data-command=console]"), kept.commands.console ?? "");
    part("[data-console]").hidden = kept.commands.console === null;
    part("[data-no-console]").hidden = kept.commands.console !== null;
    part("[data-login]").hidden = !kept.commands.login;
  }

  /** @param {Kept} kept */
  sizeWords({ size, cut }) {
    const words = interpolate(ngettext("%(n)s byte", "%(n)s bytes", size), { n: number(size) });
    return cut ? interpolate(gettext("%(size)s; only the beginning is shown"), { size: words }) : words;
  }

  /** @param {EventTarget | null} target */
  press(target) {
    const button = target instanceof Element ? target.closest("[data-copy]") : null;
    if (button) void this.copy(part(`[data-command=${button.getAttribute("data-copy")}]`));
  }

  /** @param {HTMLElement} node */
  async copy(node) {
    say(part("[data-copied]"), await copyOrMark(node.textContent ?? "", node));
  }
}
