import type { Logger } from '@iorcl/service';
import type { FastifyRequest } from 'fastify';
import { errorAnswer } from './error-answer.ts';

/** Makes a change, and leaves a line that begins with `audit` and says who, what, and how it ended. */
export async function audited<T>(
  logger: Logger,
  { id: requestId, caller, ip }: FastifyRequest,
  action: string,
  facts: Readonly<Record<string, unknown>>,
  change: () => Promise<T> | T,
): Promise<T> {
  const who = { requestId, user: caller?.userName, userId: caller?.userId, project: caller?.projectName, from: ip };
  try {
    const answer = await change();
    logger.info(`audit: ${action}: done`, { ...who, ...facts });
    return answer;
  } catch (error) {
    logger.info(`audit: ${action}: ${errorAnswer(error, requestId).body.error.code}`, { ...who, ...facts });
    throw error;
  }
}
