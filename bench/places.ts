/** At how many places of a result it is compared with float64. */
export const PLACES = 500;
