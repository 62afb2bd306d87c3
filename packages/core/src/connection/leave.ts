import { err, type Result } from "neverthrow";
import { type ConnectDeps, nowOf } from "./connect-deps.ts";
import type { ConnectError } from "./connect-error.ts";
import { type Begun, type SecretsLeft, takeBack, takeSecretsBack } from "./take-back.ts";

/** A connect fails while nothing is stored of it but the record. */
export async function leaveBegun<E>(deps: ConnectDeps, begun: Begun, error: E): Promise<Result<never, E>> {
  await takeBack(deps.connections, begun, "none", nowOf(deps.clock));
  return err(error);
}

/** It fails while its secrets are being stored, or once they are. Where somebody else is connecting the source, what they found begun is theirs by now. */
export async function leaveSecrets(
  deps: ConnectDeps,
  begun: Begun,
  when: "storing" | "stored",
  error: ConnectError,
): Promise<Result<never, ConnectError>> {
  // A store that is away may have been given them, and write them still.
  const secrets: SecretsLeft = when === "storing" && error.kind === "store" && error.error.kind === "retry" ? "in_doubt" : "stored";
  if (error.kind === "busy") await takeSecretsBack(deps.connections, begun, secrets);
  else await takeBack(deps.connections, begun, secrets, nowOf(deps.clock));
  return err(error);
}
