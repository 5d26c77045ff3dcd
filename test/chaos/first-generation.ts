/** Nothing is reset while it is disturbed: what runs is what was started first. */
export const GENERATION = 1;
