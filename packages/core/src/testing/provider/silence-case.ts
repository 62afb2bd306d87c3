import type { ParsedProvider } from "../../plugin/parse-provider.ts";
import type { ContractCase } from "../contract-case.ts";
import { keeps } from "../promise.ts";
import { SITUATIONS, type Situation } from "../world/situation.ts";
import { calledOff } from "./called-off.ts";
import { questionsOf } from "./questions.ts";
import { openStage } from "./stage.ts";
import type { ProviderUnderTest } from "./vendor-world.ts";

/** Before each vendor, each question: nothing that happens makes a provider tell a secret. */
export function silenceCase(subject: ProviderUnderTest, definition: ParsedProvider): ContractCase {
  return {
    id: "no secret is told in an error or a log line, whatever the vendor does",
    run: async () => {
      for (const situation of SITUATIONS) await keepsSilent(subject, definition, situation);
    },
  };
}

async function keepsSilent(subject: ProviderUnderTest, definition: ParsedProvider, situation: Situation): Promise<void> {
  const stage = await openStage(subject, definition, situation);
  const watch = async () => {
    const questions = await questionsOf(stage);
    await stage.world.begin();
    await Promise.all(questions.map(({ ask }) => calledOff(stage.world, ask)));
    const [leak] = stage.witness.leaks();
    const promised = "no secret setting, password, code or token is in an error, its cause or a log line";
    keeps(promised, leak === undefined, `before world("${situation}") there is one in ${leak}`);
  };
  await watch().finally(() => stage.world.close?.());
}
