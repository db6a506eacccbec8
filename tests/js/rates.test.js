import assert from "node:assert/strict";
import { test } from "node:test";
import { Meter } from "../../static/js/room/rates.js";
import { randomOf } from "./helpers.js";

/** A log that grows by `rate` a second from `begin` on, unevenly over its partitions. */
const logEnd = (rate, share, begin, time) => Math.floor(Math.max(0, time - begin) * rate * share);

/** What the hops of `seconds` of a flood tell, each frame a little late and its partitions at moments of their own. */
function* flood(rate, seconds, { begin = 2, every = 0.27, shares = [0.5, 0.3, 0.2], below = randomOf(7) } = {}) {
  const ends = shares.map(() => 0);
  const random = () => below(1000) / 1000;
  for (let frame = begin + every; frame < begin + seconds; frame += every * (0.5 + random())) {
    for (const [partition, share] of shares.entries()) {
      const time = frame - random() * 0.08;
      const end = logEnd(rate, share, begin, time);
      if (end <= ends[partition]) continue;
      const first = end - ends[partition] > 1 ? { first: ends[partition] } : {};
      yield { type: "ack", topic: "hearts", partition, time, ...first, offset: end - 1, count: end - ends[partition] };
      ends[partition] = end;
    }
  }
}

/** @param {Meter} meter */
const isWithin = (meter, rate, share) => Math.abs(meter.read().rate - rate) <= rate * share;

for (const rate of [300, 5000, 20_000, 50_000]) {
  test(`of ${rate} a second it tells within 3% what the log's ends say, from its first second on`, () => {
    const meter = new Meter();
    let read = 0;
    for (const hop of flood(rate, 20)) {
      meter.add(hop);
      if (hop.time < 3.2) continue;
      assert.ok(isWithin(meter, rate, 0.03), `${meter.read().rate} at ${hop.time}`);
      read += 1;
    }
    assert.ok(read > 100);
  });
}

test("single records count at their moment, to the record", () => {
  const meter = new Meter();
  for (let n = 0; n < 100; n += 1) meter.add({ type: "ack", topic: "hearts", partition: n % 3, offset: n, count: 1, time: n / 10 });
  assert.ok(Math.abs(meter.read().rate * 3 - 30) <= 1.001, `${meter.read().rate}`);
});

test("while nothing new is known it tells what was, and until when", () => {
  const meter = new Meter();
  assert.equal(meter.read(), undefined);
  const hops = [...flood(20_000, 10)];
  for (const hop of hops) meter.add(hop);
  const { rate, until } = meter.read();
  assert.ok(Math.abs(rate - 20_000) < 600);
  assert.ok(until > 11.5 && until <= 12);
});

test("a sample is in its run already, and one hop alone says nothing of a rate", () => {
  const meter = new Meter();
  meter.add({ type: "ack", topic: "hearts", partition: 0, time: 5, first: 0, offset: 99, count: 100 });
  assert.equal(meter.read(), undefined);
  meter.add({ type: "ack", topic: "hearts", partition: 0, time: 6, first: 100, offset: 199, count: 100 });
  meter.add({ type: "ack", topic: "hearts", partition: 0, time: 6, offset: 150, count: 0 });
  assert.deepEqual(meter.read(), { rate: 100, until: 6 });
});

test("a partition in which no more comes holds nobody up", () => {
  const meter = new Meter();
  for (const hop of flood(6000, 4)) meter.add(hop);
  for (const hop of flood(6000, 10, { begin: 6, shares: [1] })) meter.add({ ...hop, partition: 0 });
  assert.ok(meter.read().until > 15);
  assert.ok(isWithin(meter, 6000, 0.03));
});

test("after a clearing it begins anew", () => {
  const meter = new Meter();
  for (const hop of flood(5000, 5)) meter.add(hop);
  meter.clear();
  assert.equal(meter.read(), undefined);
});
