import type { BusTime } from "./bus-time.ts";

export const DEADLINE_PASSED = "EDEADLINE";

export function deadlinePassed(ms: number): Error {
  return Object.assign(new Error(`The broker has not answered within ${ms} ms.`), { code: DEADLINE_PASSED });
}

/** amqplib waits for ever for some answers. What comes after the deadline goes to `tooLate`. */
export function within<T>(time: BusTime, ms: number, answer: PromiseLike<T>, tooLate: (late: T) => void = () => undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const callOff = time.after(ms, () => {
      isOver = true;
      reject(deadlinePassed(ms));
    });
    // Both ways are taken here: nothing of it can be missed.
    void answer.then(
      (value) => {
        callOff();
        if (isOver) tooLate(value);
        else resolve(value);
      },
      (cause: unknown) => {
        callOff();
        reject(cause);
      },
    );
  });
}
