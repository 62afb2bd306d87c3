/** What a process throws at the moment it dies: nothing after it happens any more. */
export const CRASH = new Error("The process died.");

/** A process that can die at any of its moments: before and after each call of a port, and at each checkpoint. */
export interface Mortal {
  readonly isDead: boolean;
  /** Dies at the so-manieth moment from now; 1 is the next. */
  dieIn(moments: number): void;
  /** Throws if the process is dead, or dies now. */
  moment(): void;
  /** Whether it was to die and has not yet. */
  readonly isDoomed: boolean;
  spare(): void;
}

export function createMortal(): Mortal {
  let left = Infinity;
  let isDead = false;
  return {
    get isDead() {
      return isDead;
    },
    get isDoomed() {
      return Number.isFinite(left);
    },
    dieIn(moments) {
      left = moments;
    },
    spare() {
      left = Infinity;
    },
    moment() {
      if (!isDead && --left > 0) return;
      isDead = true;
      throw CRASH;
    },
  };
}
