/* For the page that embeds: fits the height of Kafkaviz's frames to what they show. No more than that. */
(() => {
  const own = new URL(/** @type {HTMLScriptElement} */ (document.currentScript).src).origin;
  const MOST = 2000;
  addEventListener("message", ({ data, source }) => {
    if (data?.type !== "kafkaviz:height" || !(data.height > 0)) return;
    for (const frame of document.querySelectorAll("iframe"))
      if (frame.contentWindow === source && frame.src.startsWith(`${own}/`))
        frame.style.height = `${Math.min(Math.ceil(data.height), MOST)}px`;
  });
})();
