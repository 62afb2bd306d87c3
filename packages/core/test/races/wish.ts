/** Somebody's wish, and when it was begun and answered, in the order of all that happens. */
export interface Wish {
  readonly kind: "connect" | "disconnect" | "erase";
  /** When the person's records had been read for it: whoever is erased later does not come back by it. */
  begun: number;
  ended: number;
  /** `died` until another answer comes. */
  answer: "ok" | "nothing" | "failed" | "died";
  readonly account: string | null;
}

/** The wishes of anna, in the order in which they were made. */
export interface Wishes {
  readonly all: readonly Wish[];
  /** The place of what happens now in the order of all that happens. */
  next(): number;
  make(wish: Pick<Wish, "kind" | "account" | "begun">, act: (index: number, own: Wish) => Promise<Wish["answer"]>): Promise<void>;
}

export function createWishes(): Wishes {
  const all: Wish[] = [];
  let moments = 0;
  const next = () => ++moments;
  return {
    all,
    next,
    async make(wish, act) {
      const own: Wish = { ...wish, ended: Infinity, answer: "died" };
      all.push(own);
      own.answer = await act(all.length - 1, own);
      own.ended = next();
    },
  };
}
