import type { Family } from './operation.ts';
import { attaching } from './operations/attaching.ts';
import { booting } from './operations/booting.ts';
import { extending } from './operations/extending.ts';
import { moving } from './operations/moving.ts';
import { running } from './operations/running.ts';

/** All that is shown on a real cloud, in the order in which it runs. */
export const families: readonly Family[] = [attaching, running, extending, booting, moving];
