import type { ConnectionStore, Instant, SealedSecrets, SourceKey } from "@bg-ingest/core";
import { compareAndSet, outcomeOf, over, type VersionedItem, versioned, versionOf } from "./compare-and-set.ts";
import { secretsKeyOf } from "./item-keys.ts";
import { getItem } from "./items.ts";
import type { Item, Table } from "./table.ts";

export function createSecrets(table: Table): Pick<ConnectionStore, "secretsOf" | "replaceSecrets"> {
  return {
    secretsOf: (source, call) => getItem(table, secretsKeyOf(source), call).map((item) => item && secretsIn(item)),
    replaceSecrets: (source, secrets, call) =>
      compareAndSet(table, itemOf(source, secrets), over(secrets.version - 1), call).then((compared) => compared.map(outcomeOf)),
  };
}

function itemOf(source: SourceKey, { sealed, claim, version }: SealedSecrets): VersionedItem {
  const claimed = claim && { claim: { M: { holder: { S: claim.holder }, at: { N: String(claim.at) } } } };
  return versioned(secretsKeyOf(source), version, { ...(sealed && { sealed: { B: sealed } }), ...claimed });
}

function secretsIn(item: Item): SealedSecrets {
  const claim = item["claim"]?.M;
  const sealed = item["sealed"]?.B;
  return {
    sealed: sealed === undefined ? null : Uint8Array.from(sealed),
    claim: claim === undefined ? null : { holder: claim["holder"]?.S ?? "", at: Number(claim["at"]?.N) as Instant },
    version: versionOf(item),
  };
}
