import type { IoHypervisorDriver } from '@iorcl/iohyp-driver';
import { describeError, type Logger } from '@iorcl/service';
import type { Attachments } from '../attachment/attachments.ts';
import type { Journal } from '../journal/journal.ts';

/**
 * Makes an instance's data plane anew as soon as it is lost, with the same address, port and keys: its clients connect
 * again and go on. Answers how to end that.
 */
export function repairLosses({
  driver,
  journal,
  attachments,
  logger,
}: {
  readonly driver: IoHypervisorDriver;
  readonly journal: Journal;
  readonly attachments: Attachments;
  readonly logger: Logger;
}): () => void {
  return driver.watch((instanceId) => {
    const lost = journal
      .select({ instanceId })
      .filter(({ intent, status }) => intent === 'attach' && status !== 'attaching');
    logger.error(`the data plane of an instance was lost; making it anew for ${lost.length} attachments`, {
      instanceId,
    });
    for (const { plan } of lost) {
      const { attachmentId, volumeId } = plan;
      attachments.repair(attachmentId).catch((cause: unknown) => {
        logger.error(`not made anew: ${describeError(cause)}`, { attachmentId, instanceId, volumeId });
      });
    }
  });
}
