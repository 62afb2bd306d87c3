import { good, same } from "../promise.ts";
import { bytesOf, calm, instantAt } from "../samples.ts";
import type { ConnectionCases } from "./connection-cases.ts";
import { conflict, otherSource, otherUser, seal, secretsOf, source, written } from "./store-questions.ts";

export const secretCases: ConnectionCases = {
  "secrets come back byte for byte": async ({ port, restarted }) => {
    same("none are stored at first", await secretsOf(port), null);
    same("the first write", await seal(port, 1, 3), written);
    same("they come back", await secretsOf(port), { sealed: bytesOf(3, 900), claim: null, version: 1 });
    same("the next write", await seal(port, 2, 4), written);
    same("a restart finds the newest", await secretsOf(await restarted()), { sealed: bytesOf(4, 900), claim: null, version: 2 });
  },
  "secrets are replaced over the version before, and over no other": async ({ port }) => {
    same("nothing stands, one was expected", await seal(port, 2, 1), conflict);
    await seal(port, 1, 1);
    same("one stands, nothing was expected", await seal(port, 1, 2), conflict);
    same("one stands, two was expected", await seal(port, 3, 3), conflict);
    same("a conflict changes nothing", await secretsOf(port), { sealed: bytesOf(1, 900), claim: null, version: 1 });
  },
  "of many refreshes over one version exactly one is written": async ({ port }) => {
    for (const version of [1, 2]) {
      const outcomes = await Promise.all(Array.from({ length: 30 }, (_, n) => seal(port, version, 100 * version + n)));
      const winners = outcomes.flatMap(({ kind }, n) => (kind === "written" ? [n] : []));
      same("exactly one of 30 is written", winners.length, 1);
      same("it stands", await secretsOf(port), {
        sealed: bytesOf(100 * version + (winners[0] ?? -1), 900),
        claim: null,
        version,
      });
    }
  },
  "a claim stands beside the secrets until the next write": async ({ port, restarted }) => {
    const claim = (holder: string, version: number) =>
      port.replaceSecrets(source, { sealed: bytesOf(1, 900), claim: { holder, at: instantAt(1_745_000_000 + version) }, version }, calm);
    await seal(port, 1, 1);
    same("it is written over the version read", good("replaceSecrets works", await claim("replica »a«", 2)), written);
    const claimed = { sealed: bytesOf(1, 900), claim: { holder: "replica »a«", at: instantAt(1_745_000_002) }, version: 2 };
    same("it comes back, and the secrets with it", await secretsOf(port), claimed);
    same("of two only one is written", good("replaceSecrets works", await claim("b", 2)), conflict);
    same("a restart finds it", await secretsOf(await restarted()), claimed);
  },
  "a write without a claim ends the one that stood": async ({ port }) => {
    await seal(port, 1, 1);
    const claim = { holder: "a", at: instantAt(0) };
    good("replaceSecrets works", await port.replaceSecrets(source, { sealed: bytesOf(1, 900), claim, version: 2 }, calm));
    same("over the claim", await seal(port, 3, 2), written);
    same("it is gone", await secretsOf(port), { sealed: bytesOf(2, 900), claim: null, version: 3 });
  },
  "secrets that are deleted leave nothing but their version, from which the next ones count on": async ({ port, restarted }) => {
    const drop = (version: number, key = source) => port.replaceSecrets(key, { sealed: null, claim: null, version }, calm);
    await seal(port, 1, 1);
    same("over no other version than the one read", good("replaceSecrets works", await drop(3)), conflict);
    same("over the one read", good("replaceSecrets works", await drop(2)), written);
    same("they are gone", await secretsOf(port), { sealed: null, claim: null, version: 2 });
    same("whoever was at work over the version before is too late", await seal(port, 2, 3), conflict);
    same("and so is whoever found none at first", await seal(port, 1, 4), conflict);
    same("a restart finds none", await secretsOf(await restarted()), { sealed: null, claim: null, version: 2 });
    same("others may be stored after them", await seal(port, 3, 5), written);
    same("and come back", await secretsOf(port), { sealed: bytesOf(5, 900), claim: null, version: 3 });
    same("where none were stored", good("replaceSecrets works", await drop(1, otherSource)), written);
    same("nobody is the first any more", await seal(port, 1, 1, otherSource), conflict);
  },
  "secrets belong to one source of one user": async ({ port }) => {
    await seal(port, 1, 1, source);
    same("not to another source", await secretsOf(port, otherSource), null);
    same("not to another user", await secretsOf(port, otherUser), null);
    same("each has its own version", await seal(port, 1, 2, otherUser), written);
    same("and its own bytes", (await secretsOf(port, source))?.sealed, bytesOf(1, 900));
  },
};
