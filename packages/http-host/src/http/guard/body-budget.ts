import type { Problem } from "../problem/problem.ts";
import type { CallerUse } from "./callers.ts";

/** What is in hand of bodies, from the first piece that arrives until the request is answered. */
export interface BodyBudget {
  hold(use: CallerUse): HeldBody;
}

export interface HeldBody {
  /** Takes what has arrived in one piece; else tells why no more of this body is taken. */
  take(bytes: number): Problem | null;
  /** All of it. What arrives later is kept by nobody. */
  giveBack(): void;
}

export interface BodyBytes {
  /** That one caller may have in hand. */
  readonly ofCaller: number;
  readonly ofAll: number;
}

const WAIT_SECONDS = 1;
/** What a piece of a body costs beside its bytes: a megabyte that comes byte by byte takes far more memory than one. */
const PIECE_BYTES = 256;

/**
 * How many requests there are does not bound their bytes, and a body is read before it is known whose it is. Whoever has more taken leaves at
 * least as much free as they have in hand then, so that there is room for whoever comes next.
 */
export function createBodyBudget({ ofCaller, ofAll }: BodyBytes): BodyBudget {
  let inHand = 0;

  function refusalOf(use: CallerUse, more: number): Problem | null {
    if (use.bodyBytes + more > ofCaller) return TOO_MUCH_OF_CALLER;
    return use.bodyBytes + more > ofAll - inHand - more ? TOO_MUCH_OF_ALL : null;
  }

  function add(use: CallerUse, bytes: number): void {
    use.bodyBytes += bytes;
    inHand += bytes;
  }

  return {
    hold(use) {
      let held = 0;
      let isOver = false;
      return {
        take(bytes) {
          if (isOver) return null;
          const refusal = refusalOf(use, bytes + PIECE_BYTES);
          if (refusal !== null) return refusal;
          held += bytes + PIECE_BYTES;
          add(use, bytes + PIECE_BYTES);
          return null;
        },
        giveBack() {
          isOver = true;
          add(use, -held);
          held = 0;
        },
      };
    },
  };
}

const NOT_READ = "The body was not read to its end, and nothing was done.";

const TOO_MUCH_OF_CALLER: Problem = {
  kind: "too_many_requests",
  detail: `This caller has as much in other bodies as one may have at once. ${NOT_READ}`,
  whatToDo: "Wait for the seconds in `Retry-After`, and send fewer large bodies at once.",
  retryAfterSeconds: WAIT_SECONDS,
};
const TOO_MUCH_OF_ALL: Problem = {
  kind: "overloaded",
  detail: `The bodies of other requests take all the room that there is for them. ${NOT_READ}`,
  retryAfterSeconds: WAIT_SECONDS,
};
