import type { ProviderError } from "../../ports/cgm-provider.ts";
import { broken, keeps, same } from "../promise.ts";
import { calledOff } from "./called-off.ts";
import { type Fetcher, fetchWindow } from "./fetched.ts";
import { askCalmly, fetchQuestion, type Question, questionsOf } from "./questions.ts";
import type { Stage } from "./stage.ts";
import { before, type StagedCases } from "./staged-case.ts";
import { connect } from "./ways.ts";

/** How a window ends whose vendor misbehaves. */
export function troubleCases(fetcher: Fetcher): StagedCases {
  const errorOf = async (stage: Stage) => {
    const { credentials } = await connect(stage);
    await stage.world.begin();
    return askCalmly(fetchQuestion(stage, fetcher, credentials));
  };
  return {
    [`${fetcher}: an unreadable page is stop`]: before("garbage_page", async (stage) => {
      is("an unreadable page is stop: asked again it stays unreadable, and passed over it would be lost", await errorOf(stage), "stop");
    }),
    [`${fetcher}: nothing comes after an error`]: before("garbage_page", async (stage) => {
      const { credentials } = await connect(stage);
      await stage.world.begin();
      const { cameAfterEnd } = await fetchWindow(stage, fetcher, { window: stage.world.window, credentials });
      keeps("an Err is always the last item", cameAfterEnd === null, cameAfterEnd ?? "");
    }),
    [`${fetcher}: what the person took back is reconnect`]: before("revoked", async (stage) => {
      is("access that the person took back is reconnect", await errorOf(stage), "reconnect");
    }),
    [`${fetcher}: a vendor that turns requests away is retry, after the wait that it asked for`]: before("rate_limited", async (stage) => {
      turnedAway(stage, `${fetcher}.fetchPages`, await errorOf(stage));
    }),
    [`${fetcher}: a vendor that hangs holds nobody who has given up`]: before("hangs", async (stage) => {
      const { credentials } = await connect(stage);
      await stage.world.begin();
      await endsSoon(stage, fetchQuestion(stage, fetcher, credentials));
    }),
  };
}

/** What is promised of all calls at once. */
export const everyCallCases: StagedCases = {
  "every call ends soon after it was called off": before("hangs", async (stage) => {
    const questions = await questionsOf(stage);
    await stage.world.begin();
    await Promise.all(questions.filter(({ needsVendor }) => !needsVendor).map((question) => endsSoon(stage, question)));
    // A promise that nobody holds any more is refused within this case, where a test runner sees whose it is.
    await stage.world.wait(20);
  }),
  "every call that is turned away is retry, after the wait that the vendor asked for": before("rate_limited", async (stage) => {
    const questions = await questionsOf(stage);
    await stage.world.begin();
    for (const question of questions.filter(({ needsVendor }) => !needsVendor)) {
      const error = await askCalmly(question);
      if (error !== null) turnedAway(stage, question.name, error);
    }
  }),
};

function is(promised: string, error: ProviderError | null, kind: ProviderError["kind"]): void {
  const happened = error === null ? "it answered as if all were well" : `it answered ${error.kind}: ${error.message}`;
  keeps(promised, error?.kind === kind, happened);
}

/** An HTTP date is told in whole seconds. */
const ROUNDING_MS = 1_000;

function turnedAway(stage: Stage, name: string, error: ProviderError | null): void {
  is(`${name} that is turned away for a while is retry: no person can help, and nothing is broken`, error, "retry");
  const { retryAfterMs } = stage.world;
  if (retryAfterMs === undefined || error?.kind !== "retry") return;
  const given = error.retryAfterMs;
  const isKept = given !== undefined && Math.abs(given - retryAfterMs) <= ROUNDING_MS;
  keeps(`${name} passes on the wait that the vendor asked for, ${retryAfterMs} ms`, isKept, `retryAfterMs is ${given ?? "absent"}`);
}

async function endsSoon(stage: Stage, { name, needsVendor, ask }: Question): Promise<void> {
  const outcome = await calledOff(stage.world, ask);
  const promised = `${name} ends soon after its signal is aborted, with an Err`;
  switch (outcome.kind) {
    case "goes_on":
      return broken(promised, "it was still going on seconds later");
    case "ended_after":
      if (outcome.value === null) return broken(promised, "it answered as if the vendor had");
      return same(`${name} that was called off asks nothing of the person`, outcome.value.kind === "reconnect", false);
    case "ended_before":
      if (needsVendor && outcome.value === null) return broken(promised, "it answered as if the vendor had, before anybody gave up");
  }
}
