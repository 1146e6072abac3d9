import { describePlug } from './conformance.ts';
import { ovsVethWorld } from './ovs-world.ts';

describePlug(ovsVethWorld);
