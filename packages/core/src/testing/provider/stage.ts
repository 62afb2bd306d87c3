import { type Result, ResultAsync } from "neverthrow";
import { parseAnswer, parseProviderError } from "../../plugin/guard/parse-answer.ts";
import { createScrub } from "../../plugin/guard/scrub.ts";
import type { ParsedProvider } from "../../plugin/parse-provider.ts";
import { secretTexts } from "../../plugin/secret-texts.ts";
import { traitsWith } from "../../plugin/traits-with.ts";
import type { CgmProvider, ProviderError } from "../../ports/cgm-provider.ts";
import type { ProviderTraits } from "../../ports/provider-traits.ts";
import type { Instant } from "../../reading/instant.ts";
import { broken, good, keeps } from "../promise.ts";
import type { Situation } from "../world/situation.ts";
import type { ProviderUnderTest, VendorWorld } from "./vendor-world.ts";
import { createWitness, textOf, type Witness } from "./witness.ts";

/** A provider before its vendor, and somebody who watches. */
export interface Stage {
  readonly situation: Situation;
  readonly definition: ParsedProvider;
  /** The suite's settings, parsed. */
  readonly config: unknown;
  /** Those that hold with the suite's settings. */
  readonly traits: ProviderTraits;
  readonly world: VendorWorld;
  readonly provider: CgmProvider;
  /** Another instance, as a new process would make it. */
  readonly createAnew: () => CgmProvider;
  readonly witness: Witness;
  readonly now: () => Instant;
}

/** Not looked at whether it is what was declared: that is a case of its own, and others go on without it. */
export async function openStage(subject: ProviderUnderTest, definition: ParsedProvider, situation: Situation): Promise<Stage> {
  const world = await subject.world(situation);
  const witness = createWitness(world.deps);
  const config = parseConfig(definition, subject.config);
  for (const text of secretTexts(definition, {}, config)) witness.keepSecret(text);
  const createAnew = () => create(definition, config, { clock: world.deps.clock, fetch: witness.fetch, logger: witness.logger });
  const now = () => Math.floor(world.deps.clock.nowMs() / 1000) as Instant;
  const traits = good("the traits are ones that a host takes", traitsWith(definition, config));
  return { situation, definition, config, traits, world, provider: createAnew(), createAnew, witness, now };
}

export function parseConfig(definition: ParsedProvider, config: unknown): unknown {
  const parsed = definition.configSchema.safeParse(config);
  if (parsed.success) return parsed.data;
  return broken("the settings given to the suite are ones that the provider's configSchema accepts", parsed.error.message);
}

function create(definition: ParsedProvider, config: unknown, deps: unknown): CgmProvider {
  const made = parseAnswer(definition.create(config, deps));
  if (made === undefined) return broken("create answers with a Result of neverthrow", "it answered something else");
  if (made.isErr()) return broken("create takes the settings given to the suite", `it answered ${textOf(made.error)}`);
  return made.value as CgmProvider;
}

/** What a provider answers. A throw, an answer that is no Result and an error that is no instruction break a promise of all its calls. */
export async function answerTo<T>(
  stage: Stage,
  name: string,
  ask: () => PromiseLike<Result<T, ProviderError>>,
): Promise<Result<T, ProviderError>> {
  const settled = await ResultAsync.fromPromise(Promise.resolve().then(ask), textOf);
  if (settled.isErr()) return broken(`${name} never throws and never rejects`, `it did: ${settled.error}`);
  const answer = parseAnswer(settled.value);
  if (answer === undefined) return broken(`${name} answers with a Result of neverthrow`, "it answered something else");
  if (answer.isErr()) hearError(stage, name, answer.error);
  return settled.value;
}

export function hearError(stage: Stage, name: string, error: unknown): void {
  stage.witness.hear(error);
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : undefined;
  const isSaid = parseProviderError(error, createScrub()) !== undefined && typeof message === "string" && message !== "";
  keeps(`an error of ${name} is retry, reconnect or stop, and has a message`, isSaid, `it was ${textOf(error)}`);
}

/** What the world has to give for a capability that the provider declares. */
export function servedBy<T>(stage: Stage, name: "oauth" | "login" | "webhook", served: T | undefined): T {
  if (served !== undefined) return served;
  const happened = `the provider declares "${name}", and world("${stage.situation}") has no "${name}" to hold it against`;
  return broken("the world serves every capability that the provider declares", happened);
}

/** The capability itself, where it was declared. */
export function madeBy<K extends keyof CgmProvider>(stage: Stage, name: K): NonNullable<CgmProvider[K]> {
  const made = stage.provider[name];
  return made ?? broken("what is declared is there", `the provider declares "${name}", and its create does not return it`);
}
