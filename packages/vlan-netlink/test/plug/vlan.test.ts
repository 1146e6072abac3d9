import { describePlug } from './conformance.ts';
import { describeHostPlace } from './host-place.ts';
import { vlanWorld } from './vlan-world.ts';

describePlug(vlanWorld);
describeHostPlace(vlanWorld);
