import type { ProviderError } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import type { WireConnection } from "../api/wire-schema.ts";

/** The id of the one whose readings are wanted. Nobody is chosen by guessing: readings of another person would be taken for theirs. */
export function choosePerson(connections: readonly WireConnection[], wanted: string): Result<string, ProviderError> {
  const name = normalised(wanted);
  const found = name === "" ? connections : connections.filter((each) => isNamed(each, name));
  const [first] = found;
  if (connections.length === 0) return refused(NOBODY);
  if (first === undefined) return refused(`None of the ${connections.length} people that this account follows is called that. ${HOW}`);
  const others = found.filter(({ patientId }) => patientId !== first.patientId);
  if (others.length === 0) return ok(first.patientId);
  return refused(
    `This account follows ${others.length + 1} people ${name === "" ? "" : "of that name "}and readings come from one. ${HOW}`,
  );
}

const NOBODY =
  "This LibreLinkUp account follows nobody. In the app of the sensor, share the readings with it, accept in the LibreLinkUp app, and connect again.";
const HOW = "Fill in first and last name as LibreLinkUp shows them, or the person's id if two are called the same.";

function isNamed({ patientId, firstName, lastName }: WireConnection, name: string): boolean {
  return name === normalised(patientId) || name === normalised(`${firstName ?? ""} ${lastName ?? ""}`);
}

function normalised(text: string): string {
  return text.normalize("NFC").trim().replace(/\s+/g, " ").toLowerCase();
}

function refused(message: string): Result<never, ProviderError> {
  return err({ kind: "reconnect", message });
}
