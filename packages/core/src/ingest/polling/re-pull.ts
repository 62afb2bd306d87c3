import type { RePullRung } from "../../ports/provider-traits.ts";
import type { SourceId } from "../../reading/identifiers.ts";
import type { Instant } from "../../reading/instant.ts";
import { lastSlot } from "./slots.ts";

/**
 * How far back a poll has to look for late data: the widest rung that fell due since the last good poll, 0 if none did. A rung falls due
 * at moments of its own, so nothing has to be remembered, and one missed while nobody asked is made good by the next poll. A good poll
 * ahead of now was made by a clock that was wrong.
 */
export function lookBackSeconds(rungs: readonly RePullRung[], sourceId: SourceId, lastGoodPoll: Instant | null, now: Instant): number {
  let widest = 0;
  for (const rung of rungs) {
    const due = lastSlot(sourceId, rung.everySeconds, now);
    if (lastGoodPoll === null || due > lastGoodPoll || lastGoodPoll > now) widest = Math.max(widest, rung.lookBackSeconds);
  }
  return widest;
}
