/** Tells the page around the frame how high its content is, so that embed.js there may fit the frame to it. */

const SLACK = 8;
const box = document.querySelector("#kafkaviz");
let told = 0;

function tell() {
  const height = Math.ceil((box?.getBoundingClientRect().bottom ?? 0) + SLACK);
  if (Math.abs(height - told) <= 1) return;
  told = height;
  parent.postMessage({ type: "kafkaviz:height", height }, "*");
  // As Embedly and Medium want it.
  parent.postMessage(JSON.stringify({ src: location.href, context: "iframe.resize", height }), "*");
}

// Unframed it would hear its own messages.
if (box && parent !== window) new ResizeObserver(tell).observe(box);
