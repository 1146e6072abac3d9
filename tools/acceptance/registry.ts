import type { Family } from './operation.ts';
import { attaching } from './operations/attaching.ts';

/** All that is shown on a real cloud, in the order in which it runs. */
export const families: readonly Family[] = [attaching];
