import { FUTURE_TOLERANCE_SECONDS } from "../../normalize/normalize.ts";
import { addSeconds, formatInstant } from "../../reading/instant.ts";
import { good, keeps } from "../promise.ts";
import { calm } from "../samples.ts";
import { answerTo, madeBy, type Stage } from "./stage.ts";
import { before, type StagedCases } from "./staged-case.ts";
import { isWithin, truthOf } from "./truth-held.ts";
import { connect } from "./ways.ts";

export const spanCases: StagedCases = {
  "backfill: what the vendor is said to have covers all that it shows": before("well", async (stage) => {
    await truthOf(stage);
    const span = await availableSpan(stage);
    const now = stage.now();
    const everything = { from: addSeconds(now, -stage.traits.historySeconds), to: addSeconds(now, FUTURE_TOLERANCE_SECONDS) };
    const outside = (await stage.world.shown(everything)).filter(({ at }) => span === null || !isWithin(span, at));
    const said = span === null ? "null" : `${formatInstant(span.from)} to ${formatInstant(span.to)}, the end not included`;
    const [first] = outside;
    keeps(
      "no window outside availableSpan is ever asked for, so nothing may lie there",
      first === undefined,
      `it is ${said}, and ${outside.length} readings lie outside, one at ${first === undefined ? "" : formatInstant(first.at)}`,
    );
  }),
  "backfill: an account without readings can be asked what it has": before("no_data", async (stage) => {
    const { credentials } = await connect(stage);
    await stage.world.begin();
    const answer = await answerTo(stage, "backfill.availableSpan", () => madeBy(stage, "backfill").availableSpan(credentials, calm));
    good("nothing is null or a span that turns out to be empty, not an error", answer);
  }),
  "backfill: to ask what the vendor has without access is reconnect": before("revoked", async (stage) => {
    const { credentials } = await connect(stage);
    await stage.world.begin();
    const answer = await answerTo(stage, "backfill.availableSpan", () => madeBy(stage, "backfill").availableSpan(credentials, calm));
    const happened = answer.isErr() ? `it answered ${answer.error.kind}: ${answer.error.message}` : "it answered as if all were well";
    keeps("access that the person took back is reconnect", answer.isErr() && answer.error.kind === "reconnect", happened);
  }),
};

async function availableSpan(stage: Stage) {
  const { credentials } = await connect(stage);
  const answer = await answerTo(stage, "backfill.availableSpan", () => madeBy(stage, "backfill").availableSpan(credentials, calm));
  const span = good("the vendor can be asked what it has", answer);
  const isSpan = span === null || (Number.isSafeInteger(span.from) && Number.isSafeInteger(span.to) && span.from <= span.to);
  keeps("availableSpan is null or { from, to } in whole seconds", isSpan, `it is ${JSON.stringify(span)}`);
  return span;
}
