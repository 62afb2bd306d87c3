/** The most frequent difference between neighbours, the smaller of two equally frequent; 300 where there are none. */
export function usualStep(column: Int32Array | readonly number[]): number {
  const counts = new Map<number, number>();
  let usual = 300;
  let most = 0;
  for (let i = 1; i < column.length; i++) {
    const step = (column[i] as number) - (column[i - 1] as number);
    if (step <= 0 || step > 86_400) continue;
    const count = (counts.get(step) ?? 0) + 1;
    counts.set(step, count);
    if (count > most || (count === most && step < usual)) {
      usual = step;
      most = count;
    }
  }
  return usual;
}
