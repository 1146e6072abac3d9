import type { Family } from './operation.ts';
import { addresses } from './operations/addresses.ts';
import { attaching } from './operations/attaching.ts';
import { booting } from './operations/booting.ts';
import { doctor } from './operations/doctor.ts';
import { extending } from './operations/extending.ts';
import { faults } from './operations/faults.ts';
import { isolation } from './operations/isolation.ts';
import { moving } from './operations/moving.ts';
import { running } from './operations/running.ts';
import { volumeKinds } from './operations/volume-kinds.ts';

/** All that is shown on a real cloud, in the order in which it runs. */
export const families: readonly Family[] = [
  attaching,
  running,
  extending,
  booting,
  moving,
  volumeKinds,
  isolation,
  addresses,
  doctor,
  faults,
];
