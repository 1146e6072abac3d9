import { bridgeWorld } from './bridge-world.ts';
import { describePlug } from './conformance.ts';
import { describeHostPlace } from './host-place.ts';

describePlug(bridgeWorld);
describeHostPlace(bridgeWorld);
