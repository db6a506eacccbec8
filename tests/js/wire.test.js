import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

/** @type {Socket[]} */
let opened = [];

class Socket {
  static OPEN = 1;
  constructor(/** @type {URL} */ _url, /** @type {string[]} */ protocols) {
    this.readyState = 0;
    this.token = protocols[1];
    /** @type {string[]} */
    this.sent = [];
    opened.push(this);
  }
  /** @param {string} text */
  send(text) {
    this.sent.push(text);
  }
  close() {
    this.readyState = 2;
  }
  answers() {
    this.readyState = Socket.OPEN;
    this.onopen?.();
  }
  fails() {
    this.readyState = 3;
    this.onclose?.();
  }
}

const here = { URL: "http://here/", hidden: false, body: { dataset: {} }, documentElement: { lang: "en" } };
const page = Object.assign(new EventTarget(), here);
const everywhere = new EventTarget();
Object.assign(globalThis, {
  document: page,
  WebSocket: Socket,
  addEventListener: everywhere.addEventListener.bind(everywhere),
});
mock.timers.enable({ apis: ["setTimeout", "Date"] });
const { ClassSocket } = await import("../../static/js/class/classsocket.js");

beforeEach(() => {
  opened = [];
  page.hidden = false;
});

const nothing = () => {};
const state = { type: "class", here: 1 };

/** @param {object} [more] */
function phone(more) {
  /** @type {string[]} */
  const words = [];
  const status = (/** @type {string} */ word) => words.push(word);
  const socket = new ClassSocket("K7MPX4", "first", { state: nothing, you: nothing, refused: nothing, status, ...more });
  socket.open();
  return { socket, words };
}

/** @param {import("../../static/js/class/classsocket.js").ClassSocket} socket */
function live(socket) {
  last().answers();
  socket.take(state);
}

const last = () => opened[opened.length - 1];
/** Promises that are settled are gone through. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Fails until the wait for the next try is long. */
async function failOften() {
  for (let i = 0; i < 8; i++) {
    last().fails();
    if (i < 7) mock.timers.tick(15000);
    await turn();
  }
}

test("who waits for the next try has it at once when the network is back, or somebody looks", async () => {
  const { socket } = phone();
  live(socket);
  await failOften();
  const tries = opened.length;
  everywhere.dispatchEvent(new Event("online"));
  await turn();
  assert.equal(opened.length, tries + 1);
  last().fails();
  page.dispatchEvent(new Event("visibilitychange"));
  await turn();
  assert.equal(opened.length, tries + 2);
  live(socket);
  everywhere.dispatchEvent(new Event("online"));
  await turn();
  assert.equal(opened.length, tries + 2, "and who is connected stays so");
  socket.close();
});

test("what was open when the network went is not believed any more", async () => {
  const { socket, words } = phone();
  live(socket);
  const tap = socket.act("place-order");
  everywhere.dispatchEvent(new Event("offline"));
  assert.equal((await tap).code, "offline");
  assert.equal(words.at(-1), "reconnecting");
  assert.equal((await socket.act("place-order")).code, "offline");
  socket.close();
});

test("a tap that nobody answers is told, and the phone connects anew", async () => {
  const { socket } = phone();
  live(socket);
  const [half] = opened;
  const tap = socket.act("place-order");
  mock.timers.tick(12000);
  assert.equal((await tap).code, "timeout");
  mock.timers.tick(1000);
  await turn();
  assert.equal(opened.length, 2);
  assert.equal(half.onmessage, null, "and hears nothing of the old one");
  live(socket);
  const next = socket.act("place-order");
  socket.take({ type: "accepted", ref: JSON.parse(last().sent[0]).ref });
  assert.equal((await next).type, "accepted");
  socket.close();
});

test("a page that has slept waits for an answer anew: it may have come meanwhile", async () => {
  const { socket } = phone();
  live(socket);
  const tap = socket.act("place-order");
  mock.timers.setTime(Date.now() + 40000);
  mock.timers.tick(12000);
  await turn();
  assert.equal(opened.length, 1, "and does not give up the connection");
  socket.take({ type: "accepted", ref: JSON.parse(last().sent[0]).ref });
  assert.equal((await tap).type, "accepted");
  socket.act("place-order");
  mock.timers.setTime(Date.now() + 40000);
  mock.timers.tick(12000);
  mock.timers.tick(12000);
  mock.timers.tick(1000);
  await turn();
  assert.equal(opened.length, 2, "but not for ever");
  socket.close();
});

test("a phone that was hidden for long connects anew, and after a glance aside it does not", async () => {
  const { socket } = phone();
  live(socket);
  for (const [seconds, tries] of [
    [10, 1],
    [60, 2],
  ]) {
    page.hidden = true;
    page.dispatchEvent(new Event("visibilitychange"));
    mock.timers.tick(seconds * 1000);
    page.hidden = false;
    page.dispatchEvent(new Event("visibilitychange"));
    await turn();
    assert.equal(opened.length, tries);
  }
  socket.close();
});

test("after some handshakes that failed a new token is asked for, and used", async () => {
  let asked = 0;
  const renewed = async () => {
    asked += 1;
    return "second";
  };
  const { socket } = phone({ renewed });
  live(socket);
  await failOften();
  assert.ok(asked >= 1 && asked <= 3, `asked ${asked} times`);
  assert.equal(last().token, "second");
  socket.close();
});

test("a page whose room gave way to another says so, and does not wake it by coming back", async () => {
  for (const [code, word] of [
    ["asleep", "asleep"],
    ["ended", "over"],
  ]) {
    const { socket, words } = phone();
    live(socket);
    const tries = opened.length;
    socket.take({ type: "refused", code, message: "Because." });
    last().fails();
    mock.timers.tick(60_000);
    await turn();
    assert.equal(words.at(-1), word);
    assert.equal(opened.length, tries);
  }
});
