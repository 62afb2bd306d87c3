import { type ParsedProvider, parseProvider } from "../plugin/parse-provider.ts";
import type { CapabilityName } from "../ports/cgm-provider.ts";
import { type ContractCase, emptySuiteFails } from "./contract-case.ts";
import { broken } from "./promise.ts";
import { budgetCases } from "./provider/budget-cases.ts";
import { definitionCases } from "./provider/definition-cases.ts";
import { loginCases } from "./provider/login-cases.ts";
import { oauthCases, pkceCases } from "./provider/oauth-cases.ts";
import { readingCases } from "./provider/reading-cases.ts";
import { renewalCases } from "./provider/renewal-cases.ts";
import { silenceCase } from "./provider/silence-case.ts";
import { spanCases } from "./provider/span-cases.ts";
import { openStage } from "./provider/stage.ts";
import type { StagedCase, StagedCases } from "./provider/staged-case.ts";
import { everyCallCases, troubleCases } from "./provider/trouble-cases.ts";
import type { ProviderUnderTest } from "./provider/vendor-world.ts";
import { webhookCases } from "./provider/webhook-cases.ts";

/**
 * Everything that a provider promises, one case a promise, as far as it declares the capability; what it does not declare has to be absent.
 * The provider is tried as it is, without the guard that a host puts around it.
 */
export function providerContract(subject: ProviderUnderTest): readonly ContractCase[] {
  const parsed = parseProvider(subject.provider);
  const loads: ContractCase = {
    id: "its definition is one that a host loads",
    run: async () => {
      if (parsed.isErr()) broken("a host loads the definition", `${parsed.error.kind}: ${parsed.error.message}`);
    },
  };
  if (parsed.isErr()) return emptySuiteFails([loads]);
  const definition = parsed.value;
  const staged = Object.entries(casesOf(subject, definition)).map(([id, each]) => toCase(subject, definition, id, each));
  return emptySuiteFails([loads, ...staged, silenceCase(subject, definition)]);
}

function casesOf(subject: ProviderUnderTest, { capabilities }: ParsedProvider): StagedCases {
  const by: Readonly<Record<CapabilityName, StagedCases>> = {
    oauth: { ...oauthCases, ...pkceCases, ...renewalCases("oauth") },
    login: { ...loginCases, ...renewalCases("login") },
    poll: { ...readingCases("poll"), ...troubleCases("poll") },
    backfill: { ...readingCases("backfill"), ...troubleCases("backfill"), ...spanCases },
    webhook: webhookCases,
  };
  const suites = [definitionCases(subject, capabilities), ...capabilities.map((name) => by[name]), everyCallCases, budgetCases];
  return Object.fromEntries(suites.flatMap((cases) => Object.entries(cases)));
}

function toCase(subject: ProviderUnderTest, definition: ParsedProvider, id: string, { situation, run }: StagedCase): ContractCase {
  return {
    id,
    run: async () => {
      const stage = await openStage(subject, definition, situation);
      await run(stage).finally(() => stage.world.close?.());
    },
  };
}
