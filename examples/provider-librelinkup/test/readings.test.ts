import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { html, json } from "../stub/stub-linkup.ts";
import { FOLLOWER, WEARER } from "../stub/town.ts";
import { printMeasurement } from "../stub/wearer.ts";
import { beforeAnswer, beforeStub, call, fieldsOf, NOW, pollOnce, someCredentials } from "./setup.ts";

const POINT = { ...printMeasurement({ at: NOW - 3_600, mgdl: 120, arrow: null }, WEARER), isHigh: false, isLow: false };

async function readOne(record: unknown) {
  const answer = json({ status: 0, data: { connection: { patientId: "p" }, graphData: [record] } });
  const { readings, rejected } = (
    await pollOnce(
      beforeAnswer(() => answer),
      someCredentials,
    )
  )._unsafeUnwrap();
  return readings[0] ?? rejected[0];
}

it("the instant is FactoryTimestamp in UTC, whatever the wall clock shows", async () => {
  const reading = await readOne({ ...POINT, FactoryTimestamp: "2/3/2026 12:05:06 AM", Timestamp: "2/2/2026 7:05:06 PM" });
  assert.partialDeepStrictEqual(reading, { time: Date.UTC(2026, 1, 3, 0, 5, 6), utcOffsetMinutes: -300, value: 120, unit: "mg/dL" });
});

it("a wall clock that cannot be one is not told, and costs no reading", async () => {
  for (const Timestamp of ["2/3/2026 12:12:06 AM", "2026-02-03", undefined, null, 7]) {
    assert.partialDeepStrictEqual(await readOne({ ...POINT, FactoryTimestamp: "2/3/2026 12:05:06 AM", Timestamp }), {
      utcOffsetMinutes: null,
    });
  }
});

it("beyond what the sensor measures is a state, whatever the flags mean", async () => {
  const cases = [
    [{ ValueInMgPerDl: 39 }, { value: 39, rangeFlag: { side: "below", bound: 40 } }],
    [
      { ValueInMgPerDl: 40, isLow: true },
      { value: 40, rangeFlag: { side: "below", bound: 40 } },
    ],
    [
      { ValueInMgPerDl: 0, isLow: true },
      { value: 40, rangeFlag: { side: "below", bound: 40 } },
    ],
    [
      { ValueInMgPerDl: null, isLow: true },
      { value: 40, rangeFlag: { side: "below", bound: 40 } },
    ],
    [{ ValueInMgPerDl: 501 }, { value: 501, rangeFlag: { side: "above", bound: 500 } }],
    [
      { ValueInMgPerDl: 400, isHigh: true },
      { value: 400, rangeFlag: { side: "above", bound: 400 } },
    ],
    [
      { ValueInMgPerDl: 401, isHigh: true },
      { value: 401, rangeFlag: { side: "above", bound: 400 } },
    ],
    [
      { ValueInMgPerDl: 500, isHigh: true },
      { value: 500, rangeFlag: { side: "above", bound: 500 } },
    ],
    [
      { ValueInMgPerDl: 60, isLow: true },
      { value: 60, rangeFlag: undefined },
    ],
    [
      { ValueInMgPerDl: 260, isHigh: true },
      { value: 260, rangeFlag: undefined },
    ],
    [{ ValueInMgPerDl: 450 }, { value: 450, rangeFlag: undefined }],
  ] as const;
  for (const [said, expected] of cases) {
    const reading = await readOne({ ...POINT, ...said });
    assert.ok(reading !== undefined && "value" in reading, JSON.stringify(said));
    assert.deepEqual({ value: reading.value, rangeFlag: reading.rangeFlag }, expected, JSON.stringify(said));
  }
  assert.partialDeepStrictEqual(await readOne({ ...POINT, ValueInMgPerDl: 0 }), { reason: "glucose_missing" });
});

it("every arrow has its meaning, and none is not steady", async () => {
  const trends = new Map<unknown, string | null>([
    [1, "falling_fast"],
    [2, "falling"],
    [3, "steady"],
    [4, "rising"],
    [5, "rising_fast"],
    [0, null],
    [null, null],
    [undefined, null],
    ["up", null],
    [6, "arrow 6"],
  ]);
  for (const [TrendArrow, trend] of trends) {
    assert.partialDeepStrictEqual(await readOne({ ...POINT, TrendArrow }), { trend }, String(TrendArrow));
  }
});

it("mmol/L on the person's screen changes nothing", async () => {
  for (const [GlucoseUnits, Value] of [
    [0, 6.7],
    [1, 120],
  ])
    assert.partialDeepStrictEqual(await readOne({ ...POINT, GlucoseUnits, Value }), { value: 120 });
});

it("whatever a record is, it is read or set aside, and costs no other", async () => {
  const members = fc.record(
    Object.fromEntries(Object.entries(POINT).map(([name, value]) => [name, fc.oneof(fc.constant(value), fc.anything())])),
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(members, fc.anything()), { maxLength: 8 }), async (records) => {
      const graphData = [...records, POINT];
      const sent = JSON.parse(JSON.stringify({ status: 0, data: { connection: { patientId: "p" }, graphData } })) as unknown;
      const { readings, rejected } = (
        await pollOnce(
          beforeAnswer(() => json(sent)),
          someCredentials,
        )
      )._unsafeUnwrap();
      assert.equal(readings.length + rejected.length, graphData.length);
      assert.ok(readings.some(({ value }) => value === 120));
    }),
  );
});

it("the current reading stands beside the graph, which has nothing so new", async () => {
  const { linkUp } = beforeStub();
  const { credentials } = (await linkUp.login.login(fieldsOf(FOLLOWER), call))._unsafeUnwrap();
  const { readings, isLast } = (await pollOnce(linkUp, credentials))._unsafeUnwrap();
  const seconds = readings.map(({ time }) => Number(time) / 1_000);
  assert.ok(NOW - (seconds.at(-1) ?? 0) < 60);
  assert.ok(NOW - (seconds.at(-2) ?? 0) >= 1_200);
  assert.equal(readings.filter(({ trend }) => trend !== null).length, 1);
  assert.equal(isLast, true);
});

it("an account without a sensor has nothing, which is no error", async () => {
  for (const connection of [{ patientId: "p", glucoseMeasurement: null }, { patientId: "p" }, null]) {
    const linkUp = beforeAnswer(() => json({ status: 0, data: { connection, graphData: [] } }));
    const page = (await pollOnce(linkUp, someCredentials))._unsafeUnwrap();
    assert.deepEqual([page.readings, page.rejected], [[], []]);
    assert.equal((await linkUp.backfill.availableSpan(someCredentials, call))._unsafeUnwrap(), null);
  }
});

it("each refusal of data is told by what waiting or connecting again can mend", async () => {
  const answers = [
    [() => html(429, { "retry-after": "120" }), { kind: "retry", retryAfterMs: 120_000 }],
    [() => html(430), { kind: "retry" }],
    [() => json({ status: 430 }), { kind: "retry" }],
    [() => html(429, { "retry-after": "Tue, 03 Feb 2026 04:06:06 GMT" }), { kind: "retry", retryAfterMs: 60_000 }],
    [() => html(503, { "retry-after": "999999" }), { kind: "retry", retryAfterMs: 3_600_000 }],
    [() => html(200), { kind: "retry" }],
    [() => html(403), { kind: "retry" }],
    [() => html(404), { kind: "retry" }],
    [() => html(500), { kind: "retry" }],
    [() => json({ message: "RequiredHeaderMissing" }, 400), { kind: "retry" }],
    [() => json({ data: { minimumVersion: "5.0" }, status: 920 }, 403), { kind: "retry" }],
    [() => json({ status: 77 }), { kind: "retry" }],
    [() => json({ message: "invalid or expired jwt" }, 401), { kind: "reconnect" }],
    [() => json({ status: 4, data: { step: { type: "tou" } } }), { kind: "reconnect" }],
    [() => json({}), { kind: "stop" }],
    [() => json([]), { kind: "stop" }],
    [() => json({ status: 0, data: { graphData: "none" } }), { kind: "stop" }],
    [() => new Response('{"status":0,"da'), { kind: "stop" }],
    [() => new Response(""), { kind: "stop" }],
  ] as const;
  for (const [answer, expected] of answers) {
    const said = (await pollOnce(beforeAnswer(answer), someCredentials))._unsafeUnwrapErr();
    assert.partialDeepStrictEqual(said, expected, `${await answer().text()}: ${said.message}`);
  }
});
