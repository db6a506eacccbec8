/** Where a prediction and what was observed stand in the picture: the same sign, hollow and solid. Pure. */

/** @typedef {import("../room/used.js").Marks} Marks */

export const PREDICTED = "◇";
export const OBSERVED = "◆";

/** The id of a place in the picture that an option stands for. @param {import("./course.js").Course} course @param {string} value @returns {string} */
function placeOf({ step, topology }, value) {
  const answer = step.predict?.answer ?? {};
  if (answer.field === "source" || answer.field === "group") return value;
  const asked = answer.first ?? answer.last;
  return answer.field === "partition" ? `${asked?.topic ?? topology.topics[0].name}/${value}` : "";
}

/** @param {import("./course.js").Course} course @returns {Marks} by the id of a partition, a member or a group */
export function marksOf(course) {
  const { turn } = course;
  const marks = /** @type {Marks} */ (new Map());
  if (turn?.predicted) marks.set(placeOf(course, turn.predicted.value), PREDICTED);
  if (turn?.observed) {
    const place = placeOf(course, turn.observed.value);
    marks.set(place, marks.has(place) ? `${PREDICTED}${OBSERVED}` : OBSERVED);
  }
  marks.delete("");
  return marks;
}
