import { mix, mixText, unit } from "../chance.ts";
import { RECORD_FORMS, type RecordForm } from "../faults/fault.ts";
import type { FaultRules } from "../faults/fault-switches.ts";
import type { Wearer } from "../people/wearer.ts";
import type { CgmRecord } from "../records/cgm-record.ts";

/** Draws for a form, or `undefined` where the record is written as it should be. */
export type Form = (form: RecordForm) => number | undefined;

const ALL_FORMS = Object.keys(RECORD_FORMS) as readonly RecordForm[];
const SALTS = Object.fromEntries(ALL_FORMS.map((form) => [form, mixText(0x464f524d, form)])) as Record<RecordForm, number>;

/** How the records of a user within a span of milliseconds are written. */
export function formsOver({ user }: Wearer, fromMs: number, toMs: number, rules: FaultRules): (record: CgmRecord) => Form {
  const on = new Set(rules.among(ALL_FORMS, user.name, fromMs / 1000, toMs / 1000));
  return (record) => (form) => {
    if (!on.has(form)) return undefined;
    const bits = mix(record.bits, SALTS[form]);
    return unit(bits) < rules.shareAt(form, user.name, record.systemTimeMs / 1000) ? mix(bits, 1) : undefined;
  };
}
