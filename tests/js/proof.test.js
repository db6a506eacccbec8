import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, headersText, judge, readable, timeWords, traceOf } from "../../static/js/room/proof.js";

const trace = "c".repeat(32);
const kept = {
  topic: "orders",
  partition: 1,
  offset: 7,
  key: "A",
  value: '{"dish":"soup"}',
  headers: [
    ["ce_type", "order.placed"],
    ["traceparent", `00-${trace}-1234567890123456-01`],
  ],
  headers_readable: true,
  timestamp: 1_700_000_000_000,
  timestamp_type: "create",
  size: 99,
  cut: false,
  commands: { kcat: "kcat", console: null, login: false },
};

test("a record is asked for at its place, whatever its topic is called", () => {
  assert.equal(addressOf("K7MPX4", { topic: "a/b c", partition: 1, offset: 7 }), "/api/rooms/K7MPX4/records/a%2Fb%20c/1/7/");
});

test("JSON is laid out, other text stays as it is, bytes and nothing say what they are", () => {
  assert.equal(readable('{"dish":"soup"}'), '{\n  "dish": "soup"\n}');
  assert.equal(readable("{not json"), "{not json");
  assert.equal(readable({ base64: "//4=" }), "base64: //4=");
  assert.equal(readable(null), "none");
  assert.equal(readable(""), "");
});

test("headers are counted, and those that can not be read are said to be there", () => {
  assert.equal(headersText(kept), "2 headers");
  assert.equal(
    headersText({ ...kept, headers: [], headers_readable: false }),
    "headers that can’t be read here: a name in them is not UTF-8",
  );
});

test("another trace at the same place is another record", () => {
  assert.equal(traceOf(kept), trace);
  assert.equal(judge(kept, { trace }), "found");
  assert.equal(judge(kept, { trace: "d".repeat(32) }), "other");
  assert.equal(judge({ ...kept, headers: [] }, { trace }), "other");
});

test("a record that was told without a trace is taken for what is at its place", () => {
  assert.equal(judge({ ...kept, headers: [] }, {}), "found");
});

test("the timestamp says whose clock it is of, and how long before its ack it was", () => {
  assert.match(timeWords(kept, { acked: kept.timestamp + 12.4 }), /2023.*producer’s clock: about 12 ms before/);
  assert.match(timeWords(kept, {}), /producer’s clock$/);
  assert.match(timeWords({ ...kept, timestamp_type: "append" }, { acked: kept.timestamp + 12 }), /broker’s clock$/);
  assert.equal(timeWords({ ...kept, timestamp: -1 }, {}), "none");
});

test("where the clocks can't be compared no time before its ack is told", () => {
  for (const acked of [kept.timestamp - 5, kept.timestamp + 3_600_000]) assert.match(timeWords(kept, { acked }), /producer’s clock$/);
});
