import type { LoginField } from "@bg-ingest/core";
import type { z } from "zod";
import type { connection } from "../schemas/connection.ts";

export type ShownConnection = z.input<typeof connection>;

/** A provider, and how the person is connected to it. */
export interface ShownProvider {
  readonly name: string;
  readonly displayName: string;
  readonly hasConsent: boolean;
  /** `null`: it is not connected by a login form. */
  readonly loginFields: readonly LoginField[] | null;
  readonly connection: ShownConnection | null;
}
