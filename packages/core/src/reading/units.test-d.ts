import { expectTypeOf } from "vitest";
import { type Mgdl, mgdlOf, toMgdl, toMmoll } from "./glucose.ts";
import type { ProviderName, SourceId, UserId } from "./identifiers.ts";
import { addSeconds, type Day, dayOf, type Instant, instantOfMs, startOf } from "./instant.ts";
import type { Reading } from "./reading.ts";

declare const mgdl: Mgdl;
declare const at: Instant;
declare const day: Day;

// A number becomes mg/dL, an instant or a day only through the functions that check it.
expectTypeOf<number>().not.toExtend<Mgdl>();
expectTypeOf<number>().not.toExtend<Instant>();
expectTypeOf<number>().not.toExtend<Day>();
expectTypeOf(toMgdl(5.5, "mmol/L")._unsafeUnwrap()).toEqualTypeOf<Mgdl>();
expectTypeOf(instantOfMs(0)._unsafeUnwrap()).toEqualTypeOf<Instant>();

// They are numbers still, and none of them is another.
expectTypeOf<Mgdl>().toExtend<number>();
expectTypeOf<Instant>().not.toExtend<Day>();
expectTypeOf<Day>().not.toExtend<Instant>();
expectTypeOf<Instant>().not.toExtend<Mgdl>();
expectTypeOf(dayOf(at)).toEqualTypeOf<Day>();
expectTypeOf(startOf(day)).toEqualTypeOf<Instant>();
expectTypeOf(addSeconds(at, 1)).toEqualTypeOf<Instant>();

// Arithmetic gives plain numbers, which have to be checked again.
expectTypeOf(at + 1).not.toExtend<Instant>();
expectTypeOf(mgdlOf(100, "mg/dL")).not.toExtend<Mgdl>();
expectTypeOf(toMmoll(mgdl)).not.toExtend<Mgdl>();

// @ts-expect-error: milliseconds are no instant
startOf(Date.UTC(2025, 0, 1));
// @ts-expect-error: an instant is no day
startOf(at);
// @ts-expect-error: a day is no instant
dayOf(day);
// @ts-expect-error: a plain number may be mmol/L
toMmoll(100);
expectTypeOf(toMgdl).parameter(1).toEqualTypeOf<"mg/dL" | "mmol/L">();

expectTypeOf<Reading["at"]>().toEqualTypeOf<Instant>();
expectTypeOf<Reading["mgdl"]>().toEqualTypeOf<Mgdl>();
expectTypeOf<{ at: number; mgdl: number }>().not.toExtend<Pick<Reading, "at" | "mgdl">>();

// Nobody's id is somebody else's.
expectTypeOf<string>().not.toExtend<UserId>();
expectTypeOf<UserId>().not.toExtend<SourceId>();
expectTypeOf<SourceId>().not.toExtend<UserId>();
expectTypeOf<ProviderName>().not.toExtend<UserId>();
