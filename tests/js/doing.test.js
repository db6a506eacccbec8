import assert from "node:assert/strict";
import { test } from "node:test";
import { doAll, poster } from "../../static/js/lessons/doing.js";

const OFFLINE = "Not connected just now. Try again in a moment.";
const PRESS = [{ press: "place-order", label: "Order" }];
const PANEL = [{ post: "/r/XYZ/members/", fields: { change: "add" }, label: "Add" }];
const never = () => assert.fail("this was not to be done");
const answering = (reply) => () => Promise.resolve(reply);

/** What the learner is told of a panel's answer. */
async function toldOf(answer) {
  const { fetch } = globalThis;
  globalThis.fetch = answer;
  try {
    return await doAll(PANEL, never, poster("a token"));
  } finally {
    globalThis.fetch = fetch;
  }
}

test("why a press was refused is told in words, whoever refused it", async () => {
  assert.equal(await doAll(PRESS, answering({ type: "refused", message: "Too fast." }), never), "Too fast.");
  assert.equal(await doAll(PRESS, answering({ type: "refused", code: "offline" }), never), OFFLINE);
  assert.equal(await doAll(PRESS, answering({ type: "refused", code: "odd" }), never), "That did not work.");
  assert.equal(await doAll(PRESS, answering({ type: "accepted" }), never), "");
});

test("a panel's answer is the sentence in it, as it is meant to be read", async () => {
  const panel = (text, status = 400) => answering(new Response(text, { status }));
  assert.equal(
    await toldOf(panel('<section><p class="refusal" role="alert">The group&#x27;s &quot;work&quot;.</p>')),
    `The group's "work".`,
  );
  assert.equal(await toldOf(panel('<main><p class="lead" data-message>Kafka is away.</p>', 503)), "Kafka is away.");
  assert.equal(await toldOf(panel("", 500)), "That did not work.");
  assert.equal(await toldOf(panel("<section></section>", 200)), "");
});

test("who is offline is told so, and may press again", async () => {
  assert.equal(await toldOf(() => Promise.reject(new TypeError("Failed to fetch"))), OFFLINE);
});
