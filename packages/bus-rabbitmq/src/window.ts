/** Lets so many in at once; the others wait in the order in which they came. */
export interface Window {
  /** Resolves with the way out, once there is room. */
  enter(): Promise<() => void>;
}

export function createWindow(size: number): Window {
  const waiting: (() => void)[] = [];
  let inside = 0;
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) inside--;
    else next();
  };
  return {
    enter() {
      if (inside < size) {
        inside++;
        return Promise.resolve(leave);
      }
      return new Promise((resolve) => waiting.push(() => resolve(leave)));
    },
  };
}
