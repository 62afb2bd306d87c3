import { parseUserId } from "@bg-ingest/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { connectedFlowCookieHeader, connectedFlowIn, endedFlowCookieHeader, flowCookieHeader, flowCookieIn } from "./flow-cookie.ts";

const secret = fc.stringMatching(/^[\w-]{43}$/);
const user = fc.stringMatching(/^[A-Za-z0-9_~:@-][A-Za-z0-9._~:@-]{0,127}$/).map((text) => parseUserId(text)._unsafeUnwrap());
const pairOf = (header: string) => header.split(";", 1)[0] as string;

it("comes back as it was given, for the state that it was made for and no other, among others", () => {
  fc.assert(
    fc.property(secret, user, fc.string(), fc.string(), fc.boolean(), (browserSecret, userId, state, other, isSecure) => {
      const pair = pairOf(flowCookieHeader(state, { browserSecret, userId }, isSecure));
      expect(flowCookieIn(`a=b; ${pair};c=d`, state)).toEqual({ browserSecret, userId });
      if (other !== state) expect(flowCookieIn(pair, other)).toBe(null);
      expect(connectedFlowIn(pair, state)).toBe(null);
      const connected = pairOf(connectedFlowCookieHeader(state, userId, isSecure));
      expect(connectedFlowIn(`a=b; ${connected};c=d`, state)).toBe(userId);
      if (other !== state) expect(connectedFlowIn(connected, other)).toBe(null);
      expect(flowCookieIn(connected, state)).toBe(null);
      expect(flowCookieIn(pairOf(endedFlowCookieHeader(state, isSecure)), state)).toBe(null);
    }),
  );
});

it("is none, whatever else a browser sends", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (header, state) => {
      const name = pairOf(endedFlowCookieHeader(state, false));
      for (const text of [header, `${name}${header}`, `${name}${"x".repeat(43)}.${header}`]) {
        const cookie = flowCookieIn(text, state);
        if (cookie !== null) expect(parseUserId(cookie.userId).isOk()).toBe(true);
      }
      expect(flowCookieIn(undefined, state)).toBe(null);
    }),
  );
});
