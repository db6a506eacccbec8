/** Who pressed on the home page has pressed already: a new room's first action is pressed once, when its picture is live. */

const FIRST = "#first";
const diagram = /** @type {HTMLElement & {hasRecords?: boolean} | null} */ (document.querySelector("kafka-diagram"));

/** Where something was pressed before, an address that was kept or handed on does nothing. @param {HTMLElement & {hasRecords?: boolean}} live */
function press(live) {
  if (live.hasRecords === false) /** @type {HTMLElement | null} */ (document.querySelector("[data-action]"))?.click();
}

if (location.hash === FIRST && diagram) {
  history.replaceState(null, "", location.pathname + location.search);
  const watch = new MutationObserver(() => {
    if (diagram.dataset.state !== "live") return;
    watch.disconnect();
    press(diagram);
  });
  watch.observe(diagram, { attributeFilter: ["data-state"] });
}
