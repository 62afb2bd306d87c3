import type { Credentials } from "../../ports/cgm-provider.ts";
import { good, keeps, same } from "../promise.ts";
import { fetchWindow } from "./fetched.ts";
import { expiresAhead } from "./grant-held.ts";
import { fetchersOf } from "./questions.ts";
import type { Stage } from "./stage.ts";
import { before, type StagedCases } from "./staged-case.ts";
import { bringsReadings } from "./truth-held.ts";
import { connect, renew, type Way } from "./ways.ts";

export function renewalCases(way: Way): StagedCases {
  return {
    [`${way}: credentials that ran out are reconnect, and renewed ones work`]: before("unauthorized", async (stage) => {
      const { credentials } = await connect(stage, way);
      await stage.world.begin();
      for (const fetcher of fetchersOf(stage)) {
        const { error } = await fetchWindow(stage, fetcher, { window: stage.world.window, credentials });
        same("the old credentials are reconnect", error?.kind ?? "no error", "reconnect");
      }
      const renewed = good("a grant that lives is renewed", await renew(stage, way, credentials));
      await works(stage, "renewed credentials work", renewed);
      const stored = JSON.parse(JSON.stringify(renewed)) as Credentials;
      same("renewed credentials come back from JSON as they were", stored, renewed);
      const again = good("renewed credentials can be renewed", await renew(stage, way, stored, undefined, stage.createAnew()));
      await works(stage, "credentials that were renewed twice work", again);
    }),
    [`${way}: what the person took back cannot be renewed`]: before("revoked", async (stage) => {
      const { credentials } = await connect(stage, way);
      await stage.world.begin();
      const renewed = await renew(stage, way, credentials);
      const happened = renewed.isErr() ? `it answered ${renewed.error.kind}: ${renewed.error.message}` : "it answered new credentials";
      keeps("a refused renewal is reconnect", renewed.isErr() && renewed.error.kind === "reconnect", happened);
    }),
    [`${way}: a vendor that turns everything away ends no connection`]: before("rate_limited", async (stage) => {
      const { credentials } = await connect(stage, way);
      await stage.world.begin();
      const renewed = await renew(stage, way, credentials);
      const kind = renewed.isErr() ? renewed.error.kind : "retry";
      same("a renewal that is turned away is retry: the grant lives", kind, "retry");
      const isRefusal = renewed.isErr() && renewed.error.kind === "retry" && renewed.error.isRefusal === true;
      same("whoever is asked for patience was not refused: isRefusal is not set", isRefusal, false);
    }),
  };
}

async function works(stage: Stage, promised: string, credentials: Credentials): Promise<void> {
  expiresAhead(stage, credentials);
  for (const fetcher of fetchersOf(stage)) {
    bringsReadings(promised, await fetchWindow(stage, fetcher, { window: stage.world.window, credentials }));
  }
}
