/** A signal of one's own that aborts with another, and earlier if told so: whoever gave up lets the other side know. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  end(): void;
}

export function linkedSignal(outer: AbortSignal): LinkedSignal {
  const own = new AbortController();
  const abort = () => own.abort(outer.reason);
  if (outer.aborted) abort();
  else outer.addEventListener("abort", abort);
  return {
    signal: own.signal,
    end: () => {
      outer.removeEventListener("abort", abort);
      own.abort();
    },
  };
}
