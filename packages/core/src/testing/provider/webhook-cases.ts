import { type Result, ResultAsync } from "neverthrow";
import { parseAnswer } from "../../plugin/guard/parse-answer.ts";
import { parseWebhookRefused, parseWebhookVerified } from "../../plugin/guard/parse-values.ts";
import type { WebhookContent, WebhookRefused, WebhookRequest, WebhookVerified } from "../../ports/cgm-provider.ts";
import { SECONDS_PER_DAY } from "../../reading/instant.ts";
import { broken, good, keeps, same } from "../promise.ts";
import { calm } from "../samples.ts";
import { subscriptionQuestions } from "./questions.ts";
import { answerTo, madeBy, type Stage, servedBy } from "./stage.ts";
import { before, type StagedCases } from "./staged-case.ts";
import { matches, truthOf } from "./truth-held.ts";
import type { DeliveryForm } from "./vendor-world.ts";
import { connect } from "./ways.ts";
import { CALLBACK_URL, secretOf } from "./webhook-secrets.ts";
import { textOf } from "./witness.ts";

const OURS = secretOf(1);
const ANOTHERS = secretOf(2);
/** How far a delivery's signed time may lie from now, at the very most: whoever caught one may not play it again tomorrow. */
const WIDEST_TOLERANCE_MS = SECONDS_PER_DAY * 1_000;
/** What a vendor's clock and the way to us may differ. */
const NEARBY_SECONDS = 300;

export const webhookCases: StagedCases = {
  "webhook: a delivery of the vendor is verified, and says what the vendor shows": before("well", async (stage) => {
    for (const form of formsOf(stage)) {
      const delivery = await signed(stage, form);
      const verified = await verify(stage, delivery, OURS);
      if (verified.isErr()) broken("a delivery that the vendor signed is verified", `it was refused: ${verified.error.reason}`);
      else isDelivery(stage, verified.value);
      const again = await verify(stage, delivery, OURS);
      same("it has the same id each time it is looked at", again.isOk() && again.value, verified.isOk() && verified.value);
      await says(stage, form, await read(stage, delivery.body));
    }
  }),
  "webhook: a delivery signed for one person is refused for another": before("well", async (stage) => {
    for (const form of formsOf(stage)) {
      const delivery = await signed(stage, form);
      keeps("it is verified under its own secret", (await verify(stage, delivery, OURS)).isOk(), "it was refused");
      await refuses(stage, "a delivery under another's secret", delivery, ANOTHERS);
    }
  }),
  "webhook: a delivery that was altered is refused": before("well", async (stage) => {
    for (const form of formsOf(stage)) {
      const { headers, body } = await signed(stage, form);
      for (const place of [0, body.length >> 1, body.length - 1]) {
        const altered = body.map((byte, at) => (at === place ? byte ^ 1 : byte));
        await refuses(stage, `a body altered at byte ${place}`, { headers, body: altered }, OURS);
      }
      await refuses(stage, "a body with something added", { headers, body: Uint8Array.from([...body, 32]) }, OURS);
      await refuses(stage, "no body", { headers, body: new Uint8Array() }, OURS);
    }
  }),
  "webhook: a delivery that lacks a header is refused": before("well", async (stage) => {
    const [form = "changed"] = formsOf(stage);
    const { headers, body } = await signed(stage, form);
    await refuses(stage, "a delivery without headers", { headers: {}, body }, OURS);
    for (const name of Object.keys(headers)) {
      await refuses(stage, `a delivery without ${name}`, { headers: { ...headers, [name]: undefined }, body }, OURS);
      await refuses(stage, `a delivery with ${name} left empty`, { headers: { ...headers, [name]: "" }, body }, OURS);
    }
  }),
  "webhook: a delivery of a day ago is refused": before("well", async (stage) => {
    const [form = "changed"] = formsOf(stage);
    const delivery = await signed(stage, form);
    await stage.world.passTime(WIDEST_TOLERANCE_MS);
    await refuses(stage, "a delivery that was signed a day ago", delivery, OURS);
  }),
  "webhook: a body that cannot be read is stop": before("well", async (stage) => {
    for (const text of ["", "null", "[]", "{", "{}", "<html>", '"changed"']) {
      const content = await read(stage, new TextEncoder().encode(text));
      const happened = content.isOk() ? `it was taken as ${content.value.kind}` : `it was ${content.error.kind}`;
      keeps(`the body ${JSON.stringify(text)} is stop`, content.isErr() && content.error.kind === "stop", happened);
    }
  }),
  "webhook: a secret is told in no refusal and no log line": before("well", async (stage) => {
    stage.witness.keepSecret(OURS);
    stage.witness.keepSecret(ANOTHERS);
    const [form = "changed"] = formsOf(stage);
    const { headers, body } = await signed(stage, form);
    const verified = [
      await verify(stage, { headers, body }, OURS),
      await verify(stage, { headers, body }, ANOTHERS),
      await verify(stage, { headers: {}, body }, OURS),
    ];
    same(
      "the delivery is verified, and the two that are not as they should be are refused",
      verified.map((answer) => answer.isOk()),
      [true, false, false],
    );
    const [leak] = stage.witness.leaks();
    keeps("a refusal never tells the secret", leak === undefined, `there is one in ${leak}`);
  }),
  "webhook: whoever subscribes is called, until they unsubscribe": before("well", async (stage) => {
    const { credentials } = await connect(stage);
    const [subscribe, unsubscribe] = subscriptionQuestions(stage, credentials);
    if (subscribe?.name !== "webhook.subscribe") return;
    const { subscription } = servedBy(stage, "webhook", stage.world.webhook);
    if (subscription === undefined) {
      const happened = `the provider has webhook.subscribe, and world("${stage.situation}").webhook has no subscription()`;
      return broken("the world tells where the vendor calls", happened);
    }
    same("subscribing works", await subscribe.ask(calm), null);
    same("subscribing again changes nothing", await subscribe.ask(calm), null);
    const standing = await subscription();
    same("the vendor calls the URL given", standing?.callbackUrl, CALLBACK_URL.href);
    if (standing?.secret !== null) same("and signs with the secret given", standing?.secret, secretOf(3));
    if (unsubscribe === undefined) return;
    same("unsubscribing works", await unsubscribe.ask(calm), null);
    same("the vendor calls no more", await subscription(), null);
  }),
};

function formsOf(stage: Stage): readonly DeliveryForm[] {
  const { forms } = servedBy(stage, "webhook", stage.world.webhook);
  if (forms.length === 0) broken("the world says what its vendor's deliveries say", "world.webhook.forms is empty");
  return forms;
}

async function signed(stage: Stage, form: DeliveryForm): Promise<WebhookRequest> {
  const { sign } = servedBy(stage, "webhook", stage.world.webhook);
  return sign({ secret: OURS, form, span: stage.world.window });
}

async function verify(stage: Stage, request: WebhookRequest, secret: string): Promise<Result<WebhookVerified, WebhookRefused>> {
  const webhook = madeBy(stage, "webhook");
  const settled = await ResultAsync.fromPromise(
    Promise.resolve().then(() => webhook.verify(request, secret, calm)),
    textOf,
  );
  if (settled.isErr()) return broken("webhook.verify never throws and never rejects", `it did: ${settled.error}`);
  const answer = parseAnswer(settled.value);
  if (answer === undefined) return broken("webhook.verify answers with a Result of neverthrow", "it answered something else");
  if (answer.isErr()) {
    stage.witness.hear(answer.error);
    const isRefusal = parseWebhookRefused(answer.error) !== undefined;
    keeps("what is not verified is { kind: refused, reason, message }", isRefusal, `it was ${textOf(answer.error)}`);
  } else {
    const isVerified = parseWebhookVerified(answer.value) !== undefined;
    keeps("what is verified is a delivery with id and signedAt, or a challenge", isVerified, `it was ${textOf(answer.value)}`);
  }
  return settled.value;
}

function read(stage: Stage, body: Uint8Array) {
  return answerTo(stage, "webhook.read", async () => madeBy(stage, "webhook").read(body));
}

async function refuses(stage: Stage, what: string, request: WebhookRequest, secret: string): Promise<void> {
  const verified = await verify(stage, request, secret);
  keeps(`${what} is refused: anybody could have sent it`, verified.isErr(), "it was verified");
}

function isDelivery(stage: Stage, verified: WebhookVerified): void {
  const away = verified.kind === "delivery" ? Math.abs(verified.signedAt - stage.now()) : Infinity;
  keeps("a delivery is taken for one", verified.kind === "delivery", `it was taken for a ${verified.kind}`);
  keeps("signedAt is when it was signed, in seconds", away <= NEARBY_SECONDS, `it lies ${away} s from now`);
}

async function says(stage: Stage, form: DeliveryForm, answer: Awaited<ReturnType<typeof read>>): Promise<void> {
  const content: WebhookContent = good("a body that was verified can be read", answer);
  same("it says what the vendor wrote", content.kind, form);
  if (content.kind === "readings") {
    matches(stage, "a delivery holds what the vendor shows of the span", content.page, await truthOf(stage), stage.world.window);
  }
}
