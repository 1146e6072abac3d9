import { describePlug } from './conformance.ts';
import { describeHostPlace } from './host-place.ts';
import { neutronPortWorld } from './neutron-port-world.ts';

describePlug(neutronPortWorld);
describeHostPlace(neutronPortWorld);
