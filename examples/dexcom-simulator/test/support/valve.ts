/** A `fetch` that keeps some requests waiting, so that a page can be looked at while something is under way. */
export interface Valve {
  readonly fetch: typeof fetch;
  /** The origins of all that was asked for. */
  readonly origins: ReadonlySet<string>;
  /** Of the requests that it is about, lets so many more through, and has the others wait. */
  closeAfter(count: number): void;
  open(): void;
}

export function createValve(isAbout: (address: URL) => boolean): Valve {
  const origins = new Set<string>();
  let left = Number.POSITIVE_INFINITY;
  let opened = Promise.withResolvers<void>();
  return {
    origins,
    async fetch(input, init) {
      const address = new URL(input instanceof Request ? input.url : input);
      origins.add(address.origin);
      if (isAbout(address)) {
        left--;
        if (left < 0) await opened.promise;
      }
      return fetch(input, init);
    },
    closeAfter(count) {
      left = count;
      opened = Promise.withResolvers<void>();
    },
    open() {
      left = Number.POSITIVE_INFINITY;
      opened.resolve();
    },
  };
}
