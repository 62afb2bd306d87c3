/** Of the usual distance between two readings: more than this is a hole. */
export const HOLE_CADENCES = 1.5;
