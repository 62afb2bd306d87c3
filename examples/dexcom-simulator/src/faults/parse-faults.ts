import { err, ok, type Result } from "neverthrow";
import { EVERYDAY_FAULTS, FAULTS, type FaultName, type FaultShares, isFaultName, sharesOf } from "./fault.ts";

const SETS: Readonly<Record<string, FaultShares>> = { none: {}, everyday: EVERYDAY_FAULTS, all: sharesOf(FAULTS) };

/** `everyday,revisions:0.5`: names of faults, each with a share where its own is not meant, or of the sets `none`, `everyday`, `all`. */
export function parseFaults(text: string): Result<FaultShares, string> {
  const shares: Partial<Record<FaultName, number>> = {};
  for (const item of text.split(",").map((part) => part.trim())) {
    if (Object.hasOwn(SETS, item)) Object.assign(shares, SETS[item]);
    else if (item !== "") {
      const fault = parseFault(item);
      if (fault.isErr()) return err(fault.error);
      shares[fault.value.name] = fault.value.share;
    }
  }
  return ok(shares);
}

function parseFault(item: string): Result<{ readonly name: FaultName; readonly share: number }, string> {
  const [name = "", text, ...rest] = item.split(":");
  if (!isFaultName(name))
    return err(`There is no fault "${name}". There are ${[...Object.keys(SETS), ...Object.keys(FAULTS)].join(", ")}.`);
  const share = text === undefined ? FAULTS[name].share : Number(text);
  if (rest.length > 0 || !(share > 0 && share <= 1)) {
    return err(`The share of "${name}" is a number above 0 and at most 1, as in ${name}:0.5.`);
  }
  return ok({ name, share });
}
