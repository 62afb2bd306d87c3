/** The bytes that stand for a number, each made once. */
export type Fragments = (key: number) => Uint8Array;

/** For keys from 0 to `highest`, of which few are ever seen. */
export function fragmentsUpTo(highest: number, textOf: (key: number) => string): Fragments {
  const made = new Array<Uint8Array | undefined>(highest + 1);
  return (key) => {
    const known = made[key];
    if (known !== undefined) return known;
    const bytes = Buffer.from(textOf(key));
    made[key] = bytes;
    return bytes;
  };
}

/** Makes each value once, when it is first asked for. */
export function onceFor<K extends string, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
