/** So often a compare-and-set is begun anew while others are quicker; then whoever wanted it is told to come back later. */
export const MOST_ATTEMPTS = 12;
