import { describePlug } from './conformance.ts';
import { describeHostPlace } from './host-place.ts';
import { ovsWorld } from './ovs-world.ts';

describePlug(ovsWorld);
describeHostPlace(ovsWorld);
