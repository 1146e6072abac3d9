import { describePlug } from './conformance.ts';
import { describeHostPlace } from './host-place.ts';
import { vlanBridgeWorld } from './vlan-bridge-world.ts';

describePlug(vlanBridgeWorld);
describeHostPlace(vlanBridgeWorld);
