import { describePlug } from './conformance.ts';
import { vlanBridgeWorld } from './vlan-bridge-world.ts';

describePlug(vlanBridgeWorld);
