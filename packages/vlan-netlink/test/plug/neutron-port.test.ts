import { describePlug } from './conformance.ts';
import { neutronPortWorld } from './neutron-port-world.ts';

describePlug(neutronPortWorld);
