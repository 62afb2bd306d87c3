import { broken, unthrown } from "./promise.ts";

/** One promise of a port, as something to run. Any test runner registers it: `for (const { id, run } of cases) it(id, run)`. */
export interface ContractCase {
  readonly id: string;
  readonly run: () => Promise<void>;
}

/** What a contract is held against. Every case gets a fresh, empty one. */
export interface UnderTest<Port> {
  readonly port: Port;
  /** What a new process finds after the one that held `port` died without warning. Ends `port`. */
  readonly restarted: () => PromiseLike<Port>;
  readonly close: () => PromiseLike<void>;
}

/** A suite without cases would pass whatever it is held against. */
export function emptySuiteFails(cases: readonly ContractCase[]): readonly ContractCase[] {
  if (cases.length === 0) broken("a contract suite holds its subject to something", "it has no cases");
  return cases;
}

export function caseOf<Subject extends { readonly close: () => PromiseLike<void> }>(
  make: () => PromiseLike<Subject>,
  id: string,
  body: (subject: Subject) => Promise<void>,
): ContractCase {
  return {
    id,
    run: async () => {
      const subject = await make();
      await unthrown(body(subject)).finally(() => subject.close());
    },
  };
}
