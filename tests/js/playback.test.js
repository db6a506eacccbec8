import assert from "node:assert/strict";
import { test } from "node:test";
import { isStep } from "../../static/js/room/log.js";
import { DEAD_AIR, nextSpeed, SPEEDS } from "../../static/js/room/pace.js";
import { Playback } from "../../static/js/room/playback.js";
import { reduceAll } from "../../static/js/room/reducer.js";
import { compacted, numbered, randomOf, roomHops } from "./helpers.js";

const START = 1000;
const CHAIN = ["send", "ack", "poll", "process", "commit"];
const backlogOf = (incarnation = 1, hops = [], seq = 0, now = 0) => ({ seq, hops, room: { incarnation, now, crowd: null } });

/** A room whose frames come every 50 ms; time 0 is at START of the wall clock. */
class Show {
  constructor(hops, bounds) {
    this.hops = hops;
    this.next = 0;
    this.wall = START;
    this.playback = new Playback({}, bounds);
    this.playback.backlog(backlogOf(), START);
    this.shown = [];
    this.flights = new Map();
  }

  /** Goes on for so many milliseconds. */
  run(span, step = 16) {
    for (const end = this.wall + span; this.wall < end; this.wall += step) {
      const ready = [];
      while (this.next < this.hops.length && Math.ceil((this.hops[this.next].time * 1000) / 50) * 50 <= this.wall - START)
        ready.push(this.hops[this.next++]);
      if (ready.length > 0) this.playback.hops(ready, this.wall);
      for (const hop of this.playback.tick(this.wall)) this.shown.push({ hop, at: this.wall });
      for (const flight of this.playback.timeline.flights) this.flights.set(flight.id, flight);
    }
    return this;
  }

  /** Until all has been shown. */
  finish(most = 3_600_000) {
    const last = START + most;
    this.run(this.hops.at(-1).time * 1000 + 100 + START - this.wall);
    while (!this.playback.caughtUp && this.wall < last) this.run(160);
    return this;
  }
}

/** @param {{hop: any}[]} shown */
function checkCauses(shown, name) {
  const places = new Map();
  shown.forEach(({ hop }, index) => {
    if (hop.trace) places.set(`${hop.trace} ${hop.type}`, index);
  });
  for (const { hop } of shown) {
    const step = CHAIN.indexOf(hop.type);
    if (!hop.trace || step < 1) continue;
    const cause = places.get(`${hop.trace} ${CHAIN[step - 1]}`);
    if (cause !== undefined) assert.ok(cause < places.get(`${hop.trace} ${hop.type}`), `${name}: ${hop.type} of ${hop.trace}`);
  }
}

/** @param {{hop: any}[]} shown */
function checkRows(shown, name) {
  const last = new Map();
  for (const { hop } of shown) {
    if (hop.offset === undefined) continue;
    const row = `${hop.type} ${hop.group} ${hop.partition}`;
    assert.ok((last.get(row) ?? -1) <= hop.offset, `${name}: ${row}`);
    last.set(row, hop.offset);
  }
}

for (const [name, gap] of [
  ["slow", 1],
  ["brisk", 0.2],
  ["flood", 0.01],
]) {
  for (const slow of [1, 2, 20, 100, 1000]) {
    test(`${name} at 1/${slow}: causes come first, rows keep their order, and all is shown`, () => {
      const hops = roomHops(5 + slow, 40, gap);
      const show = new Show(hops).run(300);
      show.playback.speed(slow, show.wall);
      show.finish();
      checkCauses(show.shown, name);
      checkRows(show.shown, name);
      assert.equal(show.shown.length, hops.length);
      assert.deepEqual({ ...show.playback.state, projections: 0 }, { ...show.playback.log.head, projections: 0 });
    });
  }

  test(`${name}: live is never more than three seconds late`, () => {
    for (const { hop, at } of new Show(roomHops(8, 60, gap)).finish().shown)
      assert.ok(at - START - hop.time * 1000 <= 3250, `${hop.type} ${at - START - hop.time * 1000}`);
  });

  test(`${name}: what is drawn is what was counted`, () => {
    const hops = roomHops(11, 80, gap);
    const drawn = [...new Show(hops).finish().flights.values()];
    const sum = (list) => list.reduce((total, one) => total + one.count, 0);
    for (const type of ["ack", "poll"]) {
      const moved = drawn.filter((flight) => flight.type === type && flight.kind !== "rest");
      assert.equal(sum(moved), sum(hops.filter((hop) => hop.type === type)));
    }
  });
}

test("whatever a person does, the state at rest is that of the log at that place, and causes come first", () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const random = randomOf(seed);
    const show = new Show(roomHops(seed, 120, 0.05));
    const { playback } = show;
    const wishes = [
      () => playback.pause(show.wall),
      () => playback.play(show.wall),
      () => playback.speed(SPEEDS[random(SPEEDS.length)], show.wall),
      () => playback.step(1, show.wall),
      () => playback.step(-1, show.wall),
      () => playback.step(random(2) ? 10 : -10, show.wall),
      () => playback.seek(playback.log.whenAt(playback.log.first + random(playback.log.end - playback.log.first + 1))),
      () => playback.replay(show.wall),
      () => playback.goLive(show.wall),
    ];
    for (let round = 0; round < 60; round += 1) {
      show.shown = [];
      const { jumps } = playback;
      wishes[random(wishes.length)]();
      if (playback.jumps !== jumps) show.shown = [];
      show.run(random(900));
      checkRows(playback.jumps === jumps ? show.shown : [], `seed ${seed}`);
      checkCauses(playback.jumps === jumps ? show.shown : [], `seed ${seed}`);
      if (playback.timeline.entries.length > 0) continue;
      const expected = reduceAll(playback.log.between(0, playback.position));
      assert.deepEqual(playback.state.parts, expected.parts, `seed ${seed} round ${round}`);
      assert.deepEqual(playback.state.lanes, expected.lanes);
    }
  }
});

test("paused: the log fills, the picture stands, and it is said how far behind it is", () => {
  const show = new Show(roomHops(2, 200, 0.1)).run(2000);
  show.playback.pause(show.wall);
  const { state, log } = show.playback;
  const { end } = log;
  show.shown = [];
  show.run(5000);
  assert.equal(show.playback.state, state);
  assert.deepEqual(show.shown, []);
  assert.ok(log.end > end);
  assert.ok(Math.abs(show.playback.behind(show.wall) - 5) < 0.2, `${show.playback.behind(show.wall)}`);
  show.playback.play(show.wall);
  show.run(500);
  assert.ok(!show.playback.live && Math.abs(show.playback.behind(show.wall) - 5) < 0.3, `${show.playback.behind(show.wall)}`);
  show.playback.goLive(show.wall);
  assert.equal(show.playback.behind(show.wall), 0);
  assert.equal(show.playback.state, log.head);
});

test("a step is one step: forth is shown and then stands still, back is by state", () => {
  const show = new Show(roomHops(2, 60, 0.1)).run(3000);
  const { playback } = show;
  playback.pause(show.wall);
  playback.seek(1);
  const from = playback.position;
  for (let count = 1; count <= 6; count += 1) {
    show.shown = [];
    playback.step(1, show.wall);
    show.run(1500);
    assert.equal(show.shown.filter(({ hop }) => isStep(hop)).length, 1);
    assert.ok(playback.paused && !playback.isRunning);
  }
  for (let count = 1; count <= 6; count += 1) playback.step(-1, show.wall);
  assert.equal(playback.position, from);
  playback.step(10, show.wall);
  playback.step(-10, show.wall);
  assert.equal(playback.position, from);
});

test("a step that is asked for while another is shown finishes that one", () => {
  const show = new Show(roomHops(2, 60, 0.1)).run(3000);
  const { playback } = show;
  playback.seek(1);
  const steps = [];
  for (let count = 0; count < 5; count += 1) {
    steps.push(...playback.step(1, show.wall));
    steps.push(...playback.tick(show.wall));
  }
  steps.push(...playback.finishStep());
  assert.equal(steps.filter(isStep).length, 5);
});

test("only the wanted are stepped to", () => {
  const show = new Show(roomHops(2, 60, 0.1)).run(6000);
  const { playback } = show;
  const trace = playback.log.between(0, playback.log.end).findLast((hop) => hop.type === "ack" && hop.trace)?.trace;
  playback.wanted = (hop) => hop.trace === trace;
  playback.seek(0);
  const seen = [];
  for (let count = 0; count < 8; count += 1) {
    playback.step(1, show.wall);
    show.shown = [];
    show.run(1500);
    seen.push(...show.shown.filter(({ hop }) => hop.trace === trace).map(({ hop }) => hop.type));
  }
  assert.deepEqual(seen.slice(0, 5), CHAIN);
});

test("slowed: a hundredth is a hundred times longer, and time in which nothing happens is passed over and told", () => {
  const hops = numbered(
    [0, 1, 2, 200].map((centiseconds) => ({ type: "join", source: `m-${centiseconds}`, group: "cook", at: centiseconds / 100 })),
  ).map(({ at, ...hop }) => ({ ...hop, time: at }));
  const show = new Show(hops);
  show.playback.speed(100, START);
  show.run(2300);
  assert.deepEqual(
    show.shown.map(({ hop }) => hop.time),
    [0, 0.01, 0.02].filter((_, index) => index < show.shown.length),
  );
  const [first, second] = show.shown.map(({ at }) => at);
  assert.ok(Math.abs(second - first - 1000) < 60, `${second - first}`);
  show.run(600);
  assert.ok(show.playback.skipping > 1.9 && show.playback.skipping < 2, `${show.playback.skipping}`);
  show.shown = [];
  show.run(DEAD_AIR);
  assert.equal(show.shown.length, 1);
  assert.equal(show.playback.behind(show.wall), 0);
});

test("a replay shows the last seconds, slowed, and is live again", () => {
  const show = new Show(roomHops(9, 100, 0.1)).run(9000);
  const { playback } = show;
  show.shown = [];
  playback.replay(show.wall);
  assert.ok(playback.behind(show.wall) > 3.5 && playback.behind(show.wall) <= 5.1, `${playback.behind(show.wall)}`);
  assert.equal(playback.slow, 20);
  const before = playback.log.end;
  while (!playback.live && show.wall < 400_000) show.run(320);
  assert.ok(playback.live && playback.slow === 1);
  assert.ok(show.shown.length > 20 && before > 0);
  checkCauses(show.shown, "replay");
});

test("a replay ends by itself, and what came after it is no part of it", () => {
  const hops = roomHops(9, 100, 0.1);
  const last = hops[hops.length - 1];
  const account = { ...last, seq: last.seq + 1, time: last.time + 0.3, type: "ledger", trace: undefined };
  const show = new Show([...hops, account]).run(12_000);
  const { playback } = show;
  show.shown = [];
  playback.replay(show.wall);
  const end = show.wall + 400_000;
  while (playback.isWaiting && show.wall < end) show.run(320);
  assert.ok(playback.live);
  assert.ok(show.shown.every(({ hop }) => hop.type !== "ledger"));
});

test("a replay in an empty room goes nowhere", () => {
  const show = new Show([{ seq: 1, time: 500, type: "lag" }]);
  show.playback.replay(START);
  show.run(2000);
  assert.ok(show.playback.live);
});

test("what is forgotten while paused is jumped over, and told", () => {
  const show = new Show(roomHops(9, 900, 0.02), { most: 500 }).run(1000);
  show.playback.pause(show.wall);
  show.run(14_000);
  assert.ok(show.playback.missed > 0 && show.playback.paused);
  assert.equal(show.playback.position, show.playback.log.first);
});

test("a backlog of the same room leaves who is paused where they are; one of a new incarnation is shown at once", () => {
  const hops = roomHops(3, 100, 0.05);
  const show = new Show(hops.slice(0, 200)).run(4000);
  const { playback } = show;
  playback.pause(show.wall);
  const { state } = playback;
  playback.backlog(backlogOf(1, compacted(hops.slice(0, 400)), 400, hops[399].time), show.wall);
  assert.equal(playback.state, state);
  assert.ok(playback.paused);
  playback.goLive(show.wall);
  assert.deepEqual(playback.state.lanes, reduceAll(hops.slice(0, 400)).lanes);
  playback.pause(show.wall);
  playback.backlog(backlogOf(2, [], 0, 0), show.wall);
  assert.ok(playback.live && playback.log.end === 0);
});

test("who has caught up at full speed is live", () => {
  const show = new Show(roomHops(2, 20, 0.1)).run(500);
  show.playback.pause(show.wall);
  show.run(1000);
  show.playback.play(show.wall);
  show.finish().run(200);
  assert.ok(show.playback.live);
});

test("speeds go by steps and have ends", () => {
  assert.deepEqual([nextSpeed(1, 1), nextSpeed(1, -1), nextSpeed(1000, 1), nextSpeed(100, -1)], [2, 1, 1000, 50]);
});

test("step by step: what happens in a room at rest waits to be asked for, and live is live again", () => {
  const hops = roomHops(5, 6).map((hop) => ({ ...hop, time: hop.time + 4 }));
  const show = new Show(hops);
  const { playback } = show;
  playback.stepwise = true;
  show.run(12_000);
  assert.ok(playback.paused);
  const steps = hops.filter((hop) => isStep(hop)).length;
  assert.equal(show.shown.filter(({ hop }) => isStep(hop)).length, 1);
  assert.equal(playback.waiting, steps - 1);
  playback.step(1, show.wall);
  show.run(2000);
  assert.equal(playback.waiting, steps - 2);
  playback.stepwise = false;
  playback.goLive(show.wall);
  assert.deepEqual(playback.state.parts, reduceAll(hops).parts);
  assert.equal(playback.waiting, 0);
});

test("step by step, strictly: what is sent is waited for, though the room was not at rest", () => {
  const hops = roomHops(5, 6);
  const show = new Show(hops);
  const { playback } = show;
  Object.assign(playback, { stepwise: true, strict: true });
  show.run(12_000);
  assert.ok(playback.paused);
  const steps = hops.filter((hop) => isStep(hop));
  const told = show.shown.filter(({ hop }) => isStep(hop)).length;
  assert.equal(told + playback.waiting, steps.length);
  assert.ok(told <= steps.findIndex(({ type }) => type === "send") + 1);
});

test("step by step: a room that is busy goes on, and what is played is played to its end", () => {
  const hops = roomHops(6, 20, 0.05);
  const show = new Show(hops);
  show.playback.stepwise = true;
  show.finish();
  assert.ok(show.playback.live && !show.playback.paused);
  const again = hops.map((hop) => ({ ...hop, seq: hop.seq + hops.length, time: hop.time + hops.at(-1).time + 5 }));
  show.hops = [...hops, ...again];
  show.run(6500);
  assert.ok(show.playback.paused);
  show.playback.play(show.wall);
  show.finish();
  assert.ok(!show.playback.paused);
  assert.equal(show.playback.waiting, 0);
});

/** Milliseconds between one step that is shown and the next. */
function pauses(show) {
  const at = show.shown.filter(({ hop }) => isStep(hop)).map((one) => one.at);
  return at.slice(1).map((moment, index) => moment - at[index]);
}

/** A few records that are over in a moment, shown so many times slower; who looks needs three seconds for a sentence. */
function slowly(slow, hops) {
  const show = new Show(hops);
  show.playback.reading = () => 3000;
  show.playback.speed(slow, START);
  return show.finish();
}

test("in slow motion no step is shown before the sentence of the one before could be read", () => {
  const show = slowly(20, roomHops(3, 4, 0.01));
  assert.equal(show.shown.length, show.hops.length);
  assert.ok(Math.min(...pauses(show)) >= 3000, `${pauses(show)}`);
  checkCauses(show.shown, "slow motion");
});

test("a speed that is no slow motion, and a crowd of which nobody reads, keep to the speed", () => {
  assert.ok(Math.max(...pauses(slowly(10, roomHops(3, 4, 0.01)))) < 2000);
  const crowd = slowly(20, roomHops(3, 60, 0.01));
  assert.ok(pauses(crowd).filter((pause) => pause < 2000).length > 100);
});

test("a replay is over when its last sentence could be read, and not before", () => {
  const show = new Show(roomHops(5, 2, 0.01)).run(4000);
  show.playback.reading = () => 3000;
  show.playback.replay(show.wall);
  while (show.playback.isReplaying) show.run(160);
  assert.ok(show.wall - show.shown.at(-1).at >= 3000);
  assert.ok(show.playback.live);
});

test("a machine that slept is found out by the next backlog of the same life", () => {
  const { playback } = new Show([]);
  playback.backlog(backlogOf(1, [], 0, 10), START + 10_000);
  // The server's clock stood still for a quarter of an hour, the viewer's went on.
  playback.backlog(backlogOf(1, [], 0, 11), START + 911_000);
  const time = playback.shownTime(START + 911_000);
  assert.ok(time >= 11 && time < 12, String(time));
});
