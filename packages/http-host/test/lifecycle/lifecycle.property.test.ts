import fc from "fast-check";
import { it } from "vitest";
import { holdLifecycle } from "./lifecycle.ts";
import { type Act, PEOPLE, type Step, step } from "./step.ts";

/** A few lives at each test, always the same ones; others and many where `FC_SEED` and `FC_RUNS` say so. */
const numRuns = Number(process.env["FC_RUNS"] ?? 6);
const seed = Number(process.env["FC_SEED"] ?? 42);

it("whatever people do while their vendor is being asked: nothing is lost or doubled, nobody comes back, nobody else is touched", async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), holdLifecycle), { numRuns, seed });
}, 600_000);

const [who] = PEOPLE;
const does = (act: Act): Step => ({ kind: "act", act });
const connects = does({ kind: "connect", who, withPassword: false });
const isErased = does({ kind: "erase", who });
const settle: Step = { kind: "settle" };

/** What once went wrong, and what must not. */
const regressions: readonly { readonly sentence: string; readonly steps: readonly Step[] }[] = [
  { sentence: "nothing names a person who was erased a day ago, nor does the file", steps: [connects, settle, isErased] },
  {
    // Found under seed 205.
    sentence: "nor of one who began to consent since, and never came back",
    steps: [connects, settle, isErased, settle, does({ kind: "begin_consent", who }), settle],
  },
  {
    sentence: "a login that was on its way when the person was erased does not bring them back",
    steps: [connects, settle, { kind: "hold", endpoint: "/v1/demo-login", side: "after" }, connects, settle, isErased, settle],
  },
  {
    sentence: "a renewal that was on its way when the person was erased leaves nothing",
    steps: [
      does({ kind: "connect", who, withPassword: true }),
      settle,
      { kind: "hold", endpoint: "/v1/session/renew", side: "after" },
      { kind: "pass", seconds: 7_000 },
      isErased,
      settle,
    ],
  },
  {
    // Found under seed 101.
    sentence: "whoever is erased twice at once is told to be erased once",
    steps: [
      connects,
      does({ kind: "disconnect", who }),
      isErased,
      isErased,
      { kind: "let_go" },
      { kind: "act_at", moment: "poll.before_fetch", act: { kind: "finish_consent", which: 0 } },
    ],
  },
  { sentence: "nor is it told more often of a source in its stride", steps: [connects, settle, isErased, isErased, isErased] },
  {
    // Found under seed 202.
    sentence: "an erase is told once at each sweep, also of somebody who came back and left meanwhile",
    steps: [
      connects,
      isErased,
      connects,
      { kind: "act_at", moment: "poll.before_fetch", act: { kind: "deliver", who } },
      connects,
      does({ kind: "disconnect", who }),
    ],
  },
  {
    // Found under seed 101.
    sentence: "whoever lost the answer to a renewal is asked to connect again, and is told so",
    steps: [
      { kind: "hold", endpoint: "/v1/session/renew", side: "after" },
      does({ kind: "connect", who, withPassword: true }),
      settle,
      does({ kind: "deliver", who }),
      { kind: "pass", seconds: 1 },
      { kind: "hold", endpoint: "/v1/readings", side: "before" },
      { kind: "pass", seconds: 7_200 },
    ],
  },
  {
    sentence: "of two tabs in which a person consents, both are finished, and neither after an erase",
    steps: [
      does({ kind: "begin_consent", who }),
      settle,
      does({ kind: "begin_consent", who }),
      settle,
      does({ kind: "finish_consent", which: 0 }),
      settle,
      isErased,
      settle,
      does({ kind: "finish_consent", which: 0 }),
    ],
  },
];

it.each(regressions.map(({ sentence, steps }) => [sentence, steps] as const))("%s", async (_, steps) => {
  await holdLifecycle(steps);
});
