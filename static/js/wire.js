/** A websocket that comes back: with a token as its second subprotocol, and longer and longer waits between tries. */

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15000;
const MOST_REFUSALS = 6;
/** Handshakes that fail one after another, before a new token is asked for: a token grows old, too. */
const REFUSALS_TO_RENEW = 3;

/** @typedef {"connecting" | "live" | "reconnecting" | "refused" | "recorded" | "over" | "asleep"} Status */

/** What is told last, and what it means: whoever came back would be told it again, or would wake the room for nobody. @type {Map<string, Status>} */
const LAST_WORDS = new Map([
  ["ended", "over"],
  ["asleep", "asleep"],
]);

export class Wire {
  /** @param {string} path @param {string} token @param {(word: Status) => void} status */
  constructor(path, token, status) {
    this.url = new URL(path, document.URL);
    this.url.protocol = this.url.protocol === "https:" ? "wss:" : "ws:";
    this.token = token;
    this.status = status;
    this.failures = 0;
    this.unopened = 0;
    this.everLive = false;
    this.closed = false;
    this.retryTimer = 0;
    this.listening = /** @type {AbortController | undefined} */ (undefined);
  }

  open() {
    this.listen();
    this.drop();
    this.ws = new WebSocket(this.url, ["kafkaviz.v1", this.token]);
    this.unopened += 1;
    this.ws.onopen = () => {
      this.unopened = 0;
    };
    this.ws.onmessage = (event) => this.take(JSON.parse(event.data));
    this.ws.onclose = () => this.lost();
  }

  listen() {
    if (this.listening) return;
    this.listening = new AbortController();
    const { signal } = this.listening;
    addEventListener("online", () => this.hurry(), { signal });
    // Nothing says that what was open is not any more. Where the server is this machine the next try succeeds at once.
    addEventListener("offline", () => this.abandon(), { signal });
    document.addEventListener("visibilitychange", () => this.seen(!document.hidden), { signal });
  }

  close() {
    this.closed = true;
    this.listening?.abort();
    this.waitNoMore();
    this.ws?.close();
  }

  /** What came. @param {any} message */
  take(message) {
    const word = message.ref ? undefined : LAST_WORDS.get(message.code);
    if (word) this.end(word);
    else this.receive(message);
  }

  /** There is nothing to come back to. @param {Status} word */
  end(word) {
    this.close();
    this.status(word);
  }

  /** The first answer that counts is there. */
  begun() {
    this.everLive = true;
    this.failures = 0;
    this.status("live");
  }

  lost() {
    if (this.closed) return;
    this.failures += 1;
    if (!this.everLive && this.failures >= MOST_REFUSALS) return this.status("refused");
    this.status("reconnecting");
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.failures - 1));
    this.retryTimer = setTimeout(() => this.again(), wait * (0.5 + Math.random() / 2));
  }

  async again() {
    this.waitNoMore();
    if (this.unopened >= REFUSALS_TO_RENEW) {
      this.unopened = 0;
      this.token = (await this.renewed()) || this.token;
      // Somebody may have hurried it meanwhile.
      this.waitNoMore();
    }
    if (!this.closed) this.open();
  }

  /** A token in place of one that is refused; empty if there is none to be had. @returns {Promise<string>} */
  renewed() {
    return Promise.resolve(document.body.dataset.token ?? "");
  }

  waitNoMore() {
    clearTimeout(this.retryTimer);
    this.retryTimer = 0;
  }

  /** Somebody looks again, or the network is there again: who waits for the next try has it now. */
  hurry() {
    if (!this.retryTimer) return;
    this.failures = 0;
    this.again();
  }

  /** @param {boolean} visible */
  seen(visible) {
    if (visible) this.hurry();
  }

  /** What is open leads nowhere: closing it in all form would take as long as finding that out. */
  abandon() {
    if (!this.ws || this.retryTimer || this.closed) return;
    this.drop();
    this.lost();
  }

  /** Whatever still comes by it comes too late: of two at once each would tell what the other has told. */
  drop() {
    if (!this.ws) return;
    this.ws.onclose = this.ws.onmessage = this.ws.onopen = null;
    this.ws.close();
  }

  /** False if there is nothing to send it by. @param {object} message */
  send(message) {
    if (this.ws?.readyState !== WebSocket.OPEN) return false;
    this.ws.send(JSON.stringify(message));
    return true;
  }

  /** @param {any} _message */
  receive(_message) {}
}
