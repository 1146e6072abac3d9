import { describePlug } from './conformance.ts';
import { vlanWorld } from './vlan-world.ts';

describePlug(vlanWorld);
