/** How late this process is with everything that it does. */
export interface LoopWatch {
  /** Whether something that was due came later than that. */
  isLate(): boolean;
  stop(): void;
}

const LOOK_EVERY_MS = 100;

/** A timer that comes late tells for how long nobody was answered. */
export function watchLoop(lateMs: number): LoopWatch {
  let dueMs = performance.now() + LOOK_EVERY_MS;
  let delayMs = 0;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    delayMs = nowMs - dueMs;
    dueMs = nowMs + LOOK_EVERY_MS;
  }, LOOK_EVERY_MS).unref();
  return { isLate: () => delayMs > lateMs, stop: () => clearInterval(timer) };
}
