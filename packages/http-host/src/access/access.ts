import type { Caller } from "@bg-ingest/core";
import type { Result } from "neverthrow";
import type { Problem } from "../http/problem/problem.ts";
import type { PagePasses } from "./page-passes.ts";

/** Who may call, and how they say who they are. */
export interface Access {
  /** `null`: nobody is asked, and whoever reaches the port may do everything. */
  readonly authenticate: Authenticate | null;
  readonly passes: PagePasses;
}

/** Whose call it is, told by its `Authorization` header. At once, where the same credential was looked at a moment ago. */
export type Authenticate = (authorization: string | undefined) => Result<Caller, Problem> | Promise<Result<Caller, Problem>>;
