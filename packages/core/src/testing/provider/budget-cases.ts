import { USUAL_CALLS_PER_CONNECT } from "../../ports/provider-traits.ts";
import { keeps } from "../promise.ts";
import { calm } from "../samples.ts";
import { questionsOf } from "./questions.ts";
import type { Stage } from "./stage.ts";
import { before, type StagedCases } from "./staged-case.ts";
import { connect, waysOf } from "./ways.ts";

/** What a call costs of the vendor's limit, where it has one: a host reserves no more. Pages are held to it elsewhere. */
export const budgetCases: StagedCases = {
  "connecting makes no more calls than the traits say": before("well", async (stage) => {
    const { rateLimit } = stage.traits;
    if (rateLimit === null) return;
    const { callsPerConnect: most = USUAL_CALLS_PER_CONNECT } = rateLimit;
    for (const way of waysOf(stage)) {
      const made = await requestsOf(stage, () => connect(stage, way));
      keeps(`${way} makes ${most} calls at most, which rateLimit.callsPerConnect says`, made <= most, `it made ${made}`);
    }
  }),
  "every call that is neither a page nor a connect is one request at most": before("well", async (stage) => {
    if (stage.traits.rateLimit === null) return;
    for (const { name, ask } of (await questionsOf(stage)).filter(({ name }) => !COST_MORE.has(name))) {
      const made = await requestsOf(stage, () => ask(calm));
      keeps(`${name} is one request at most: the host has reserved one`, made <= 1, `it made ${made}`);
    }
  }),
};

const COST_MORE: ReadonlySet<string> = new Set(["poll.fetchPages", "backfill.fetchPages", "oauth.exchangeCode", "login.login"]);

async function requestsOf(stage: Stage, act: () => Promise<unknown>): Promise<number> {
  const before = stage.witness.requests();
  await act();
  return stage.witness.requests() - before;
}
