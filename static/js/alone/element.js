/**
 * <kafkaviz-run src="run.ndjson">: plays a saved run in anybody's page, without a server of ours. What it shows stands in a
 * frame of its own that the same script fills, so that neither page's styles, ids, keys or words meet the other's.
 */

const THEMES = ["light", "dark"];
const SECONDS = /^\d{1,7}(\.\d+)?$/;
/** Until it is known how high it will be it is as high as on a wide page. What the page around it says of the element counts more. */
const STYLE = `
  :host { display: block; margin-block: 1em; }
  iframe { display: block; width: 100%; height: 43rem; border: 0; border-radius: 12px; }`;

/** The script, and what lies beside it. @param {string} name */
const beside = (name) => new URL(name, import.meta.url).href;

/** @param {Document} page @param {string} name @param {Record<string, string>} attributes */
function add(page, name, attributes) {
  const node = page.head.appendChild(page.createElement(name));
  for (const [attribute, value] of Object.entries(attributes)) node.setAttribute(attribute, value);
}

export class KafkavizRun extends HTMLElement {
  static observedAttributes = ["src", "start", "end", "speed", "theme", "controls", "lang", "label"];
  /** That there are words in. @type {string[]} */
  static languages = [];
  /** @type {AbortController | undefined} */
  ending;

  constructor() {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
  }

  connectedCallback() {
    this.ending = new AbortController();
    addEventListener("message", (event) => this.fit(event), { signal: this.ending.signal });
    this.show();
  }

  disconnectedCallback() {
    this.ending?.abort();
    this.shadowRoot?.replaceChildren();
  }

  attributeChangedCallback() {
    if (this.ending && !this.ending.signal.aborted) this.show();
  }

  show() {
    const frame = document.createElement("iframe");
    frame.title = this.label;
    frame.loading = "lazy";
    frame.srcdoc = this.page();
    this.shadowRoot?.replaceChildren(frame);
  }

  /** Of several in a page each is told apart. */
  get label() {
    return this.getAttribute("label") || `Kafkaviz: ${this.wanted("src").split("/").at(-1) || "–"}`;
  }

  /** @param {string} name */
  wanted(name) {
    return this.getAttribute(name) ?? "";
  }

  /** @param {string} name @returns {string} nothing if it is none */
  seconds(name) {
    return SECONDS.test(this.wanted(name)) ? this.wanted(name) : "";
  }

  /** The frame's document: nothing in it yet but what to play and how. */
  page() {
    const page = document.implementation.createHTMLDocument(this.label);
    const { src, speed, controls, theme } = Object.fromEntries(
      ["src", "speed", "controls", "theme"].map((name) => [name, this.wanted(name)]),
    );
    const root = page.documentElement;
    root.lang = this.language;
    root.dataset.theme = THEMES.includes(theme) ? theme : "auto";
    root.dataset.kafkavizRun = JSON.stringify({
      src,
      speed,
      controls,
      label: this.label,
      start: this.seconds("start"),
      end: this.seconds("end"),
    });
    add(page, "link", { rel: "stylesheet", href: beside("player.css") });
    add(page, "script", { src: beside(`words-${root.lang}.js`) });
    add(page, "script", { type: "module", src: import.meta.url });
    return `<!doctype html>${root.outerHTML}`;
  }

  /** That of the page around it, or its own, as for every element. */
  get language() {
    const wanted = this.closest("[lang]")?.getAttribute("lang")?.toLowerCase() ?? "";
    return KafkavizRun.languages.includes(wanted) ? wanted : "en";
  }

  /** @param {MessageEvent} event */
  fit({ data, source }) {
    const frame = this.shadowRoot?.querySelector("iframe");
    if (frame && source === frame.contentWindow && data?.type === "kafkaviz:height" && data.height > 0)
      frame.style.height = `${data.height}px`;
  }
}
