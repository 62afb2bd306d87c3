import type { Result } from "neverthrow";
import type { Call } from "../../ports/call.ts";
import type { Credentials, ProviderError } from "../../ports/cgm-provider.ts";
import { calm } from "../samples.ts";
import { type Fetcher, fetchWindow } from "./fetched.ts";
import { answerTo, madeBy, type Stage, servedBy } from "./stage.ts";
import { callbackOf, connect, exchange, login, renew, STATE, verifierFor, type Way, waysOf } from "./ways.ts";
import { CALLBACK_URL, secretOf } from "./webhook-secrets.ts";

/** Something that a provider is asked, and the error it answers with, if it does. */
export interface Question {
  readonly name: string;
  /** Answered without the vendor, it would be made up. */
  readonly needsVendor: boolean;
  readonly ask: (call: Call) => Promise<ProviderError | null>;
}

export function fetchersOf(stage: Stage): readonly Fetcher[] {
  return (["poll", "backfill"] as const).filter((fetcher) => stage.definition.capabilities.includes(fetcher));
}

/** Everything that a provider can be asked about a person who connected while all was well. Each question is asked once. */
export async function questionsOf(stage: Stage): Promise<readonly Question[]> {
  const [first] = waysOf(stage);
  const { credentials } = await connect(stage, first);
  const ways = await Promise.all(waysOf(stage).map((way) => questionsOfWay(stage, way)));
  return [
    ...fetchersOf(stage).map((fetcher) => fetchQuestion(stage, fetcher, credentials)),
    ...spanQuestions(stage, credentials),
    ...subscriptionQuestions(stage, credentials),
    ...ways.flat(),
  ];
}

export function fetchQuestion(stage: Stage, fetcher: Fetcher, credentials: Credentials): Question {
  const request = { window: stage.world.window, credentials };
  const ask = async (call: Call) => (await fetchWindow(stage, fetcher, request, call)).error;
  return { name: `${fetcher}.fetchPages`, needsVendor: true, ask };
}

function spanQuestions(stage: Stage, credentials: Credentials): readonly Question[] {
  if (!stage.definition.capabilities.includes("backfill")) return [];
  const name = "backfill.availableSpan";
  const ask = (call: Call) => errorOf(answerTo(stage, name, () => madeBy(stage, "backfill").availableSpan(credentials, call)));
  return [{ name, needsVendor: false, ask }];
}

export function subscriptionQuestions(stage: Stage, credentials: Credentials): readonly Question[] {
  const { webhook } = stage.provider;
  const { subscribe, unsubscribe } = webhook ?? {};
  const secret = secretOf(3);
  stage.witness.keepSecret(secret);
  const begin = (call: Call) =>
    errorOf(answerTo(stage, "webhook.subscribe", async () => subscribe?.call(webhook, credentials, CALLBACK_URL, secret, call) as never));
  const end = (call: Call) =>
    errorOf(answerTo(stage, "webhook.unsubscribe", async () => unsubscribe?.call(webhook, credentials, CALLBACK_URL, call) as never));
  return [
    ...(subscribe === undefined ? [] : [{ name: "webhook.subscribe", needsVendor: false, ask: begin }]),
    ...(unsubscribe === undefined ? [] : [{ name: "webhook.unsubscribe", needsVendor: false, ask: end }]),
  ];
}

async function questionsOfWay(stage: Stage, way: Way): Promise<readonly Question[]> {
  const { credentials } = await connect(stage, way);
  const renewal = {
    name: way === "oauth" ? "oauth.refresh" : "login.renew",
    needsVendor: false,
    ask: (call: Call) => errorOf(renew(stage, way, credentials, call)),
  };
  return [way === "oauth" ? await exchangeQuestion(stage) : loginQuestion(stage), renewal];
}

async function exchangeQuestion(stage: Stage): Promise<Question> {
  const request = { callbackUrl: await callbackOf(stage), state: STATE, codeVerifier: verifierFor(stage) };
  return { name: "oauth.exchangeCode", needsVendor: false, ask: (call) => errorOf(exchange(stage, request, call)) };
}

function loginQuestion(stage: Stage): Question {
  const { fields } = servedBy(stage, "login", stage.world.login);
  return { name: "login.login", needsVendor: false, ask: (call) => errorOf(login(stage, fields, call)) };
}

/** Asks without giving up. */
export function askCalmly({ ask }: Question): Promise<ProviderError | null> {
  return ask(calm);
}

async function errorOf(answer: Promise<Result<unknown, ProviderError>>): Promise<ProviderError | null> {
  const settled = await answer;
  return settled.isErr() ? settled.error : null;
}
