/** Steps below this are counted in a row of numbers: a map would cost as much as coding the column. */
const COMMON = 1_024;

/** The most frequent difference between neighbours, the smaller of two equally frequent; 300 where there are none. */
export function usualStep(column: Int32Array | readonly number[]): number {
  const common = new Int32Array(COMMON);
  const rare = new Map<number, number>();
  let usual = 300;
  let most = 0;
  for (let i = 1; i < column.length; i++) {
    const step = (column[i] as number) - (column[i - 1] as number);
    if (step <= 0 || step > 86_400) continue;
    const count = 1 + (step < COMMON ? (common[step] as number) : (rare.get(step) ?? 0));
    if (step < COMMON) common[step] = count;
    else rare.set(step, count);
    if (count > most || (count === most && step < usual)) {
      usual = step;
      most = count;
    }
  }
  return usual;
}
