import { bridgeWorld } from './bridge-world.ts';
import { describePlug } from './conformance.ts';

describePlug(bridgeWorld);
