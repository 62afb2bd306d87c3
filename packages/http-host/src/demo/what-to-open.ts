import type { Settings } from "../settings/settings-schema.ts";

const DAY_MS = 86_400_000;

/** The first thing a person who has just started the service reads. `userId`: the demonstration's person, `null` without one. */
export function whatToOpen(url: string, settings: Pick<Settings, "dataDir" | "store">, userId: string | null, nowMs: number): string {
  const place = settings.store === "sqlite" ? `under ${settings.dataDir}` : "in DynamoDB";
  const lines = [`BG Ingest is ready at ${url}. Readings are kept ${place}. Stop it with Ctrl-C.`];
  if (userId !== null) {
    lines.push(
      `Try: curl ${url}/api/bg/${userId}/latest`,
      `     curl "${url}/api/bg/${userId}?from=${new Date(nowMs - DAY_MS).toISOString().slice(0, 19)}Z"`,
    );
  }
  lines.push(`Connect, and see how it goes: ${url}/connect/${userId ?? "<user>"} · the whole API: ${url}/docs`);
  return `${lines.join("\n")}\n`;
}
