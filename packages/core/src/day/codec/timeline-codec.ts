import { emptyTimeline, type Timeline } from "../columns.ts";
import { INTEGER_CONTEXTS } from "./entropy/probability.ts";
import { RangeDecoder } from "./entropy/range-decoder.ts";
import { RangeEncoder } from "./entropy/range-encoder.ts";
import { NAME_CONTEXTS, readNames, writeNames } from "./names.ts";
import { RUN_CONTEXTS, readRuns, writeRuns } from "./runs.ts";
import { usualStep } from "./usual-step.ts";

const USUAL = 0;
const STEP = USUAL + INTEGER_CONTEXTS;
const VALUE = STEP + 4 * INTEGER_CONTEXTS;
const BOUND = VALUE + 4 * INTEGER_CONTEXTS;
const UNIT = BOUND + RUN_CONTEXTS;
const DEVICE = UNIT + RUN_CONTEXTS;
const DEVICES = DEVICE + RUN_CONTEXTS;
const CONTEXTS = DEVICES + NAME_CONTEXTS;

/**
 * Instants as what is left of each step after the day's usual one, values as what is left after carrying on in a damped line. What was
 * left before chooses the context: a sensor that was a second late is early next, and a quiet stretch stays quiet.
 */
export function encodeTimeline(timeline: Timeline): Uint8Array {
  const encoder = new RangeEncoder(CONTEXTS);
  const usual = usualStep(timeline.second);
  encoder.unsigned(USUAL, usual);
  const guess = new Guess(usual);
  for (let i = 0; i < timeline.length; i++) {
    const second = timeline.second[i] as number;
    const mgdl = timeline.mgdl[i] as number;
    encoder.signed(guess.stepContexts(), second - guess.second());
    guess.sawSecond(second);
    encoder.signed(guess.valueContexts(), mgdl - guess.mgdl());
    guess.sawMgdl(mgdl);
  }
  writeRuns(encoder, BOUND, timeline.bound);
  writeRuns(encoder, UNIT, timeline.unit);
  writeNames(encoder, DEVICES, timeline.devices);
  writeRuns(encoder, DEVICE, timeline.device);
  return encoder.finish();
}

export function decodeTimeline(bytes: Uint8Array, start: number, end: number, length: number): Timeline {
  const decoder = new RangeDecoder(bytes, start, end, CONTEXTS);
  const timeline = emptyTimeline(length);
  const { second, mgdl } = timeline;
  const guess = new Guess(decoder.unsigned(USUAL));
  for (let i = 0; i < length; i++) {
    const at = guess.second() + decoder.signed(guess.stepContexts());
    second[i] = at;
    guess.sawSecond(at);
    const value = guess.mgdl() + decoder.signed(guess.valueContexts());
    mgdl[i] = value;
    guess.sawMgdl(value);
  }
  readRuns(decoder, BOUND, timeline.bound);
  readRuns(decoder, UNIT, timeline.unit);
  const devices = readNames(decoder, DEVICES);
  readRuns(decoder, DEVICE, timeline.device);
  return { ...timeline, devices };
}

/** What is expected next, and how sure that is. Coder and decoder walk it alike. */
class Guess {
  private readonly usual: number;
  private lastSecond: number;
  private stepLeft = 0;
  private lastMgdl = 120;
  private slope = 0;
  private valueLeft = 2;

  constructor(usual: number) {
    this.usual = usual;
    this.lastSecond = -usual;
  }

  second(): number {
    return this.lastSecond + this.usual;
  }

  stepContexts(): number {
    const left = this.stepLeft;
    const kind = left === 0 ? 0 : left > 4 || left < -4 ? 3 : left > 0 ? 1 : 2;
    return STEP + kind * INTEGER_CONTEXTS;
  }

  sawSecond(second: number): void {
    this.stepLeft = second - this.lastSecond - this.usual;
    this.lastSecond = second;
  }

  mgdl(): number {
    return this.isStepUsual() ? this.lastMgdl + ((this.slope * 3) >> 2) : this.lastMgdl;
  }

  valueContexts(): number {
    if (!this.isStepUsual()) return VALUE + 3 * INTEGER_CONTEXTS;
    const left = this.valueLeft < 0 ? -this.valueLeft : this.valueLeft;
    return VALUE + (left < 2 ? 0 : left < 5 ? 1 : 2) * INTEGER_CONTEXTS;
  }

  sawMgdl(mgdl: number): void {
    this.valueLeft = mgdl - this.mgdl();
    this.slope = this.isStepUsual() ? mgdl - this.lastMgdl : 0;
    this.lastMgdl = mgdl;
  }

  private isStepUsual(): boolean {
    return this.stepLeft < 60 && this.stepLeft > -60;
  }
}
