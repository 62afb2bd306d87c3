/** Resolves after so long, or as soon as the signal aborts; never rejects. */
export type Delay = (ms: number, signal: AbortSignal) => Promise<void>;
