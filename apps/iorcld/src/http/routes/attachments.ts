import { createAttachmentRequestSchema } from '@iorcl/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { errorAnswer } from '../error-answer.ts';
import { parse } from '../parse.ts';
import { requireRight } from '../require-right.ts';
import type { ServerOptions } from '../server.ts';

const paramsSchema: z.ZodType<{ readonly id: string }> = z.object({ id: z.uuid() });

/** `/v1/attachments`: create, list, show, delete. Each change leaves a line that begins with `audit`. */
export function attachmentRoutes(server: FastifyInstance, options: ServerOptions): void {
  const { attachments, authentication, logger } = options;
  const look = { onRequest: requireRight(authentication, 'look') };
  const change = { onRequest: requireRight(authentication, 'change') };
  const idOf = (request: FastifyRequest): string => parse('attachment id', paramsSchema, request.params).id;

  server.post('/v1/attachments', change, (request, reply) => {
    const caller = new AbortController();
    reply.raw.once('close', () => caller.abort());
    const body = parse('body', createAttachmentRequestSchema, request.body);
    return audited(
      request,
      'create attachment',
      { attachmentId: body.attachmentId, computeHost: body.computeHost },
      () => attachments.create(body, { requestId: request.id, caller: caller.signal }),
    );
  });
  server.get('/v1/attachments', look, async () => ({ attachments: attachments.list() }));
  server.get('/v1/attachments/:id', look, async (request) => ({ attachment: attachments.show(idOf(request)) }));
  server.delete('/v1/attachments/:id', change, async (request, reply) => {
    const id = idOf(request);
    await audited(request, 'delete attachment', { attachmentId: id }, () =>
      attachments.remove(id, { requestId: request.id }),
    );
    return reply.status(204).send();
  });

  async function audited<T>(
    { id: requestId, caller, ip }: FastifyRequest,
    action: string,
    facts: Readonly<Record<string, string>>,
    change: () => Promise<T>,
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
}
