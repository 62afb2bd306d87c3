/** What is due when: the earliest comes out first. A binary heap in which each key stands once. */
export interface DueHeap<T> {
  /** Puts `key` at `atMs`; where it stood before no longer counts. */
  put(key: string, atMs: number, value: T): void;
  remove(key: string): void;
  /** The earliest that is due by `nowMs`, taken out. */
  takeDue(nowMs: number): T | undefined;
  nextAtMs(): number | undefined;
  readonly size: number;
}

interface Entry<T> {
  readonly key: string;
  readonly atMs: number;
  readonly value: T;
}

export function createDueHeap<T>(): DueHeap<T> {
  const entries: Entry<T>[] = [];
  const places = new Map<string, number>();

  const at = (place: number) => entries[place] as Entry<T>;

  function set(place: number, entry: Entry<T>): void {
    entries[place] = entry;
    places.set(entry.key, place);
  }

  function rise(start: number): number {
    const entry = at(start);
    let place = start;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (at(parent).atMs <= entry.atMs) break;
      set(place, at(parent));
      place = parent;
    }
    set(place, entry);
    return place;
  }

  function sink(start: number): void {
    const entry = at(start);
    let place = start;
    for (;;) {
      const left = 2 * place + 1;
      if (left >= entries.length) break;
      const right = left + 1;
      const child = right < entries.length && at(right).atMs < at(left).atMs ? right : left;
      if (at(child).atMs >= entry.atMs) break;
      set(place, at(child));
      place = child;
    }
    set(place, entry);
  }

  function remove(key: string): void {
    const place = places.get(key);
    if (place === undefined) return;
    places.delete(key);
    const last = entries.pop() as Entry<T>;
    if (place === entries.length) return;
    set(place, last);
    sink(rise(place));
  }

  return {
    put(key, atMs, value) {
      remove(key);
      entries.push({ key, atMs, value });
      rise(entries.length - 1);
    },
    remove,
    takeDue(nowMs) {
      const first = entries[0];
      if (first === undefined || first.atMs > nowMs) return undefined;
      remove(first.key);
      return first.value;
    },
    nextAtMs: () => entries[0]?.atMs,
    get size() {
      return entries.length;
    },
  };
}
