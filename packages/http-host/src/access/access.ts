import type { ApiKeyId } from "@bg-ingest/core";
import type { Result } from "neverthrow";
import type { Problem } from "../http/problem/problem.ts";
import type { HttpCaller } from "./http-caller.ts";
import type { PagePasses } from "./page-passes.ts";

/** Who may call, and how they say who they are. */
export interface Access {
  /** `null`: nobody is asked, and whoever reaches the port may do everything. */
  readonly authenticate: Authenticate | null;
  readonly passes: PagePasses;
  /** Refuses what a key gave out that is good no more; `undefined`: no key gave it. Looked up each time: what a revoked key gave out ends at once. */
  holdsKey(keyId: ApiKeyId | undefined): Promise<Result<void, Problem>>;
}

/** Whose call it is, told by its `Authorization` header. At once, where the same credential was looked at a moment ago. */
export type Authenticate = (authorization: string | undefined) => Result<HttpCaller, Problem> | Promise<Result<HttpCaller, Problem>>;
