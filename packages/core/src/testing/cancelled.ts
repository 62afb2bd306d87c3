/** What the reference adapters answer to a call whose signal is aborted; they have done nothing then. */
export const cancelled = { kind: "retry", message: "The call was cancelled before it began; nothing was done. Call again." } as const;
