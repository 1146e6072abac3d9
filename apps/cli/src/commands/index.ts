import { attachmentList, attachmentShow } from './attachment.ts';
import type { Command } from './command.ts';
import { hostList } from './host.ts';

/** All commands, in the order of the help text. */
export const commands: readonly Command[] = [attachmentList, attachmentShow, hostList];
