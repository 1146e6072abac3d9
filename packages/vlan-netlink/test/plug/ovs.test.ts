import { describePlug } from './conformance.ts';
import { ovsWorld } from './ovs-world.ts';

describePlug(ovsWorld);
