/** A button that copies what stands below it. */

import { copyOrMark, part, say } from "../room/page.js";

for (const button of document.querySelectorAll("[data-copy-text]"))
  button.addEventListener("click", async () => {
    const shown = part(button.getAttribute("data-copy-text") ?? "");
    say(part("[data-copied-text]"), await copyOrMark(shown.textContent ?? "", shown));
  });
