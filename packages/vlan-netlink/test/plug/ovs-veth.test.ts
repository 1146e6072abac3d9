import { describePlug } from './conformance.ts';
import { describeHostPlace } from './host-place.ts';
import { ovsVethWorld } from './ovs-world.ts';

describePlug(ovsVethWorld);
describeHostPlace(ovsVethWorld);
