import assert from "node:assert/strict";
import { mock, test } from "node:test";

class Socket {
  static OPEN = 1;
  static made = 0;
  constructor() {
    Socket.made += 1;
    this.readyState = Socket.OPEN;
    /** @type {any[]} */
    this.sent = [];
    Socket.last = this;
  }
  /** @param {string} text */
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close() {}
}
Socket.last = /** @type {Socket | undefined} */ (undefined);

const page = Object.assign(new EventTarget(), { URL: "http://here/", hidden: false, body: { dataset: {} } });
Object.assign(globalThis, { document: page, WebSocket: Socket, addEventListener: () => {} });
mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
const { RoomSocket } = await import("../../static/js/room/socket.js");

const hops = (/** @type {number} */ seq) => ({ type: "hops", seq, hops: [{ seq }] });

test("a page that waits for its backlog asks for it again, and again, until it comes", () => {
  /** @type {any[]} */
  const shown = [];
  const take = (/** @type {any} */ frame) => shown.push(frame.seq);
  const socket = new RoomSocket("/ws/", "token", { backlog: take, hops: take, status: () => {} });
  socket.open();
  const resyncs = () => Socket.last?.sent.filter((message) => message.type === "resync").length;
  socket.take({ type: "backlog", seq: 1, hops: [] });
  socket.take(hops(2));
  mock.timers.tick(20000);
  assert.equal(resyncs(), 0, "while all follows on nothing is asked for");
  socket.take(hops(4));
  assert.equal(resyncs(), 1, "at a gap");
  socket.take({ type: "refused", code: "too-fast" });
  for (let n = 0; n < 9; n++) mock.timers.tick(1000);
  assert.equal(resyncs(), 3, "every four seconds, for the word may be lost, or refused");
  socket.take(hops(5));
  assert.deepEqual(shown, [1, 2], "what comes meanwhile is not shown");
  socket.take({ type: "backlog", seq: 6, hops: [] });
  socket.take(hops(7));
  for (let n = 0; n < 9; n++) mock.timers.tick(1000);
  assert.deepEqual(shown, [1, 2, 6, 7]);
  assert.equal(resyncs(), 3);
  socket.close();
});

const quiet = () => {};
const began = () => {
  const socket = new RoomSocket("/ws/rooms/K7MPX4/", "token", { backlog: quiet, hops: quiet, status: quiet });
  socket.open();
  socket.take({ type: "backlog", seq: 1, hops: [] });
  return socket;
};
const tick = (/** @type {number} */ seconds) => {
  for (let n = 0; n < seconds; n++) mock.timers.tick(1000);
};

test("who has nothing to say says it again now and then: only so is a dead connection found out", () => {
  const socket = began();
  tick(60);
  assert.equal(Socket.last?.sent.filter(({ type }) => type === "seen").length, 4);
  socket.close();
});

test("what is not answered while nothing else comes has a new connection; what is, while frames come, has not", async () => {
  const socket = began();
  const before = Socket.made;
  const late = socket.act("send-heart", {});
  tick(6);
  socket.take({ type: "backlog", seq: 2, hops: [] });
  tick(7);
  assert.equal((await late).code, "timeout");
  assert.equal(Socket.made, before, "it is alive, and slow");
  const never = socket.act("send-heart", {});
  tick(14);
  assert.equal((await never).code, "timeout");
  assert.equal(Socket.made, before + 1);
  socket.close();
});

test("who comes back before the old connection has ended has one, not two", () => {
  const socket = began();
  const first = /** @type {any} */ (Socket.last);
  const before = Socket.made;
  socket.rest();
  socket.wake();
  first.onclose?.();
  tick(20);
  assert.equal(Socket.made, before + 1);
  socket.close();
});
