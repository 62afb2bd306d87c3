import { createManualTime } from "@bg-ingest/core/testing";
import { okAsync } from "neverthrow";
import { expect, it } from "vitest";
import { parseExposition } from "../../test/exposition.ts";
import { calm } from "../../test/served.ts";
import { createInstruments } from "./instruments.ts";
import { type SurveyDeps, surveyOf } from "./survey.ts";

const deps: SurveyDeps = {
  ingest: { known: () => [], waiting: () => ({ days: 3, states: 0 }) },
  scheduler: { counts: () => ({ scheduled: 7, tended: 2 }) },
  queue: { depth: () => okAsync({ waiting: 4, setApart: 1 }) },
  providers: new Map(),
  callsLeft: () => [],
  clock: createManualTime(),
  pollIntervalSeconds: 900,
};

it("a queue that hangs keeps no other number back, and its own are gone instead of old", async () => {
  const instruments = createInstruments();
  const told = async (survey: ReturnType<typeof surveyOf>, call = calm) => {
    await survey(call);
    const { sum } = parseExposition(await instruments.registry.metrics());
    return [sum("bg_outbox", { of: "days" }), sum("bg_deliveries_waiting"), sum("bg_deliveries_set_apart")];
  };
  expect(await told(surveyOf(deps, instruments))).toEqual([3, 4, 1]);
  const hanging = { ...deps, queue: { depth: () => new Promise(() => {}) as never } };
  expect(await told(surveyOf(hanging, instruments))).toEqual([3, null, null]);
});
