import fc from "fast-check";

/** A failing property prints its seed; `FC_SEED` runs it again, `FC_RUNS` looks for longer. */
const { FC_SEED, FC_RUNS } = process.env;
fc.configureGlobal({
  ...fc.readConfigureGlobal(),
  ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
  ...(FC_RUNS === undefined ? {} : { numRuns: Number(FC_RUNS) }),
});
