/** How what a hop says is known; the server has the same table (apps/kafka/evidence.py). Pure. */

/** @type {Record<string, string>} */
export const USUAL = {
  broker_up: "sampled",
  broker_down: "sampled",
  leader: "sampled",
  isr: "sampled",
  lag: "sampled",
  delete: "sampled",
  ledger: "sampled",
  guest: "sampled",
  coordinator: "configured",
  setting: "configured",
  void: "inferred",
};

/** @param {import("./types.js").Hop} hop */
export const byOf = ({ type, by }) => by ?? USUAL[type] ?? "observed";
