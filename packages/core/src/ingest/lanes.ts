/** Lets one thing at a time happen to each source, in the order asked; different sources do not wait for each other. */
export interface Lanes {
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** One thing that happens to several sources at once. */
  runInAll<T>(keys: readonly string[], work: () => Promise<T>): Promise<T>;
}

export function createLanes(): Lanes {
  const last = new Map<string, Promise<unknown>>();
  const lanes: Lanes = {
    run(key, work) {
      const before = last.get(key) ?? Promise.resolve();
      const mine = before.then(work, work);
      last.set(key, mine);
      const leave = () => {
        if (last.get(key) === mine) last.delete(key);
      };
      // Whoever asked hears how it went; this only tidies up.
      void mine.then(leave, leave);
      return mine;
    },
    runInAll(keys, work) {
      // In one order for everybody: else two would wait for each other.
      return [...new Set(keys)].toSorted().reduceRight((inner, key) => () => lanes.run(key, inner), work)();
    },
  };
  return lanes;
}
