import { CRASH } from "../../src/testing/model/mortal.ts";
import { seededChance } from "../../src/testing/seeded-chance.ts";
import { checkBen, connectBen } from "./bystander.ts";
import { checkSwept, checkWhole } from "./check-stored.ts";
import { checkTold } from "./check-told.ts";
import { checkUsable } from "./check-usable.ts";
import { checkWishes } from "./check-wishes.ts";
import { perform } from "./deeds.ts";
import { passTime } from "./pass-time.ts";
import { createReplica } from "./race-replica.ts";
import { HOUR_SECONDS, LOOK_MS } from "./race-time.ts";
import { createRaces, type Races, replicaOf } from "./races.ts";
import { CALM_STORE, type RaceDeed, type Round } from "./round.ts";

/** The rounds one after the other; then all is well for two days, and everything has to be as it should. */
export async function holdRaces(rounds: readonly Round[]): Promise<void> {
  const races = createRaces(rounds[0]?.seed ?? 0);
  const bens = await connectBen(races);
  for (const round of rounds) await holdRound(races, round);
  await passTime(races, 2 * HOUR_SECONDS + LOOK_MS / 1000);
  await checkWhole(races);
  await passTime(races, 48 * HOUR_SECONDS);
  await checkWhole(races);
  await checkSwept(races);
  await checkWishes(races);
  await checkTold(races);
  await checkBen(races, bens);
  await checkUsable(races);
}

async function holdRound(races: Races, { seed, deeds, dies, store, seconds }: Round): Promise<void> {
  const { faults } = races;
  // Whoever dies, or does not hear from the store, may leave what they have begun, from now on.
  if (dies !== null || store.count > 0) races.connectingSinceMs = null;
  if (dies !== null) replicaOf(races, dies.replica).mortal.dieIn(dies.moments);
  faults.become(store);
  await races.turnstile.drive(
    deeds.map((deed) => () => performMortally(races, deed)),
    seededChance(seed),
  );
  faults.become(CALM_STORE);
  replaceDead(races);
  // What was slow lands soon: nobody's request is under way for hours.
  if (seed % 2 === 0) await faults.landLate();
  await passTime(races, Math.min(seconds, 20));
  await faults.landLate();
  await passTime(races, Math.max(0, seconds - 20));
}

function performMortally(races: Races, deed: RaceDeed): Promise<void> {
  return perform(races, deed).catch((thrown: unknown) => {
    if (thrown !== CRASH) throw thrown;
  });
}

function replaceDead(races: Races): void {
  for (const [n, { mortal }] of races.replicas.entries()) {
    mortal.spare();
    if (mortal.isDead) races.replicas[n] = createReplica(races, n);
  }
}
