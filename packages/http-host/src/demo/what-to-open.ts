import type { Listening } from "../host.ts";
import type { Settings } from "../settings/settings-schema.ts";

const DAY_MS = 86_400_000;

/** The first thing a person who has just started the service reads. */
export function whatToOpen({ url, demoUserId, access }: Listening, settings: Pick<Settings, "dataDir" | "store">, nowMs: number): string {
  const place = settings.store === "sqlite" ? `under ${settings.dataDir}` : "in DynamoDB";
  const lines = [`BG Ingest is ready at ${url}. Readings are kept ${place}. Stop it with Ctrl-C.`, ...whoMayCall(access, url)];
  const key = access.keyFile === null ? "<key>" : `$(cat ${access.keyFile})`;
  const curl = access.isAsked ? `curl -H "Authorization: Bearer ${key}"` : "curl";
  if (demoUserId !== null) {
    lines.push(
      `Try: ${curl} ${url}/api/bg/${demoUserId}/latest`,
      `     ${curl} "${url}/api/bg/${demoUserId}?from=${new Date(nowMs - DAY_MS).toISOString().slice(0, 19)}Z"`,
    );
  }
  const user = demoUserId ?? "<user>";
  if (access.isAsked)
    lines.push(`Connect, and see how it goes: ${curl} -X POST ${url}/api/connect-links/${user} makes a link · the whole API: ${url}/docs`);
  else lines.push(`Connect, and see how it goes: ${url}/connect/${user} · the whole API: ${url}/docs`);
  return `${lines.join("\n")}\n`;
}

/** A key that was made just now is shown this once; later its file is named, for this may be kept in a log. */
function whoMayCall({ isAsked, keyFile, newKey }: Listening["access"], url: string): readonly string[] {
  if (!isAsked) return [];
  if (newKey !== null)
    return [
      `Others can reach it, so everybody is asked for a key. One was made, and is kept in ${keyFile}, readable by you alone:`,
      `  curl -H "Authorization: Bearer ${newKey}" ${url}/api/providers`,
    ];
  if (keyFile !== null) return [`Everybody is asked for a key; the one that was made at the first start is in ${keyFile}.`];
  return ["Everybody is asked who they are; `npx pnpm@12 keys add` makes a key, docs/access.md says more."];
}
