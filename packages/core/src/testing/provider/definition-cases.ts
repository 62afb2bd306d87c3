import { createProvider } from "../../plugin/create-provider.ts";
import { connectionTraitsWith } from "../../plugin/traits-with.ts";
import { CAPABILITIES } from "../../ports/cgm-provider.ts";
import { broken, good, keeps, same } from "../promise.ts";
import { fetchWindow } from "./fetched.ts";
import { fetchersOf } from "./questions.ts";
import { parseConfig, type Stage } from "./stage.ts";
import { before, type StagedCases } from "./staged-case.ts";
import { bringsReadings } from "./truth-held.ts";
import type { ProviderUnderTest } from "./vendor-world.ts";
import { connect, renew, waysOf } from "./ways.ts";

export function definitionCases(subject: ProviderUnderTest, capabilities: readonly string[]): StagedCases {
  return {
    "it is made as a host makes it, with the capabilities that it declares": before("well", async (stage) => {
      const config = parseConfig(stage.definition, subject.config);
      good("a host takes what create returns", createProvider(stage.definition, config, stage.world.deps));
    }),
    "to make it changes nothing: no request, no global": before("well", async (stage) => {
      const globals = Object.getOwnPropertyNames(globalThis).length;
      stage.createAnew();
      await stage.world.wait(20);
      same("making it asks nobody", stage.witness.requests(), 0);
      same("making it adds no global", Object.getOwnPropertyNames(globalThis).length, globals);
    }),
    "credentials are JSON, and an instance made anew works with them": before("well", worksAnew),
    "the traits of a connection are ones that a host takes, whatever its credentials are": before("well", saysTraits),
    "credentials that it cannot read are reconnect": before("well", refusesForeign),
    ...Object.fromEntries(
      CAPABILITIES.filter((name) => !capabilities.includes(name)).map((name) => [
        `${name}: it is not declared, and it is not there`,
        before("well", async (stage) => {
          const given = stage.provider[name];
          keeps(`a capability that is not declared is absent`, given === undefined, `create returns "${name}", which is not declared`);
        }),
      ]),
    ),
  };
}

/** An older version wrote them, or another program. */
const FOREIGN = [null, "text", 17, [], {}, { kind: "other" }] as const;

async function refusesForeign(stage: Stage): Promise<void> {
  for (const value of FOREIGN) {
    const credentials = { value, expiresAt: null };
    const what = `credentials that are ${JSON.stringify(value)}`;
    for (const fetcher of fetchersOf(stage)) {
      const { error } = await fetchWindow(stage, fetcher, { window: stage.world.window, credentials });
      same(`${what} are reconnect to ${fetcher}`, error?.kind ?? "no error", "reconnect");
    }
    for (const way of waysOf(stage)) {
      const renewed = await renew(stage, way, credentials);
      same(`${what} are reconnect to whoever renews them`, renewed.isErr() ? renewed.error.kind : "no error", "reconnect");
    }
  }
}

async function saysTraits(stage: Stage): Promise<void> {
  const traitsOf = connectionTraitsWith(stage.definition, stage.config);
  if (traitsOf === null) return;
  for (const value of FOREIGN) {
    good(`traitsForConnection answers of credentials that are ${JSON.stringify(value)}`, traitsOf({ value, expiresAt: null }));
  }
  for (const way of waysOf(stage)) {
    const { credentials } = await connect(stage, way);
    const stored = JSON.parse(JSON.stringify(credentials)) as typeof credentials;
    const said = good(`traitsForConnection answers of what ${way} gives`, traitsOf(credentials));
    same("it answers the same of what comes back from the store", good("traitsForConnection answers", traitsOf(stored)), said);
  }
}

async function worksAnew(stage: Stage): Promise<void> {
  const [fetcher] = fetchersOf(stage);
  for (const way of waysOf(stage)) {
    const { credentials } = await connect(stage, way);
    const stored = JSON.parse(JSON.stringify(credentials)) as typeof credentials;
    same("credentials come back from JSON as they were", stored, credentials);
    if (fetcher === undefined) continue;
    const fetched = await fetchWindow(stage, fetcher, { window: stage.world.window, credentials: stored }, undefined, stage.createAnew());
    bringsReadings(`credentials of ${way} work in another process: they hold all that is needed`, fetched);
  }
  if (waysOf(stage).length === 0) broken("a person can connect", 'the provider declares neither "oauth" nor "login"');
}
