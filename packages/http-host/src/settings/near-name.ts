/** The known name that somebody probably meant, `undefined` if it is none or if the name is known. The longer a name, the more it forgives. */
export function nearName(name: string, known: readonly string[]): string | undefined {
  if (known.includes(name)) return undefined;
  return known.find((candidate) => distance(name, candidate, forgiven(candidate)) <= forgiven(candidate));
}

/** The known name of which words were left out, as of `POLL_INTERVAL_SECONDS` in `POLL_INTERVAL`. One word alone may be anybody's. */
export function shortenedName(name: string, known: readonly string[]): string | undefined {
  const words = name.split("_");
  if (words.length < 2 || known.includes(name)) return undefined;
  return known.find((candidate) => leavesOut(words, candidate.split("_")));
}

/** Of the known names that begin with the same word, the one that has the most words in common, and then the most letters. */
export function sameFirstWord(name: string, known: readonly string[]): string | undefined {
  const words = name.split("_");
  const shared = (candidate: string): number => candidate.split("_").filter((word) => words.includes(word)).length;
  const apart = (candidate: string): number => distance(name, candidate, Number.POSITIVE_INFINITY);
  const akin = known.filter((candidate) => !known.includes(name) && candidate.split("_")[0] === words[0]);
  return akin.sort((a, b) => shared(b) - shared(a) || apart(a) - apart(b))[0];
}

/** The known name with two neighbouring letters swapped: `PROT`. Unlike other slips, this hardly ever gives a name that somebody uses. */
export function swappedName(name: string, known: readonly string[]): string | undefined {
  const letters = (text: string): string => [...text].sort().join("");
  return known.find((candidate) => candidate !== name && letters(candidate) === letters(name) && distance(name, candidate, 1) <= 1);
}

/** The first word stands in both, and the others of the shorter name in the order of the longer. */
function leavesOut(shorter: readonly string[], longer: readonly string[]): boolean {
  if (shorter[0] !== longer[0] || shorter.length >= longer.length) return false;
  let next = 0;
  for (const word of longer) if (word === shorter[next]) next += 1;
  return next === shorter.length;
}

function forgiven(name: string): number {
  return name.length < 12 ? 1 : 2;
}

/** Letters added, dropped, changed or swapped with their neighbour; counting ends above `most`. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(beforeLast, j - 2) + 1 : changed;
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, changed, swapped));
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
