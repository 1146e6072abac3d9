import {
  attachmentDelete,
  attachmentGrants,
  attachmentList,
  attachmentRepair,
  attachmentResize,
  attachmentSetQos,
  attachmentShow,
} from './attachment.ts';
import type { Command } from './command.ts';
import { driverList, networkList } from './data-plane.ts';
import { eventFollow } from './event.ts';
import { hostDisable, hostDrain, hostEnable, hostList } from './host.ts';
import { doctor, reconcile } from './reconcile.ts';

/** All commands, in the order of the help text. */
export const commands: readonly Command[] = [
  attachmentList,
  attachmentShow,
  attachmentRepair,
  attachmentResize,
  attachmentSetQos,
  attachmentGrants,
  attachmentDelete,
  hostList,
  hostDisable,
  hostEnable,
  hostDrain,
  networkList,
  driverList,
  eventFollow,
  doctor,
  reconcile,
];
