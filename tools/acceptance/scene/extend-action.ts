import type { OpenStackClient } from '@iorcl/openstack-client';
import * as z from 'zod';
import { until } from './poll.ts';

const actionsSchema = z.object({
  instanceActions: z.array(z.object({ action: z.string(), request_id: z.string() })),
});
const actionSchema = z.object({
  instanceAction: z.object({
    events: z.array(
      z.object({
        event: z.string(),
        result: z.string().nullable(),
        traceback: z.string().nullish(),
        details: z.string().nullish(),
      }),
    ),
  }),
});

interface ActionEnd {
  readonly result: string;
  readonly why: string;
}

/** What came of Nova's action `extend_volume` that `act` leads to: see Compute API, "Show server action details". */
export async function extendActionOf(
  cloud: OpenStackClient,
  serverId: string,
  act: () => Promise<void>,
): Promise<ActionEnd> {
  const before = await extendRequests(cloud, serverId);
  await act();
  const ended = await until(
    `Nova has ended extend_volume of server ${serverId}`,
    () => endOfExtend(cloud, serverId, before),
    (end) => end !== undefined,
  );
  return ended ?? { result: '', why: '' };
}

async function endOfExtend(
  cloud: OpenStackClient,
  serverId: string,
  before: readonly string[],
): Promise<ActionEnd | undefined> {
  const fresh = (await extendRequests(cloud, serverId)).find((id) => !before.includes(id));
  if (fresh === undefined) return undefined;
  const path = ['servers', serverId, 'os-instance-actions', fresh];
  const one = actionSchema.parse(await cloud.compute.request({ method: 'GET', path, microversion: '2.84' }));
  const event = one.instanceAction.events.find((each) => each.event === 'compute_extend_volume');
  if (event?.result === undefined || event.result === null) return undefined;
  return { result: event.result, why: `${event.details ?? ''} ${event.traceback ?? ''}` };
}

async function extendRequests({ compute }: OpenStackClient, serverId: string): Promise<readonly string[]> {
  const path = ['servers', serverId, 'os-instance-actions'];
  const { instanceActions } = actionsSchema.parse(await compute.request({ method: 'GET', path }));
  return instanceActions.filter(({ action }) => action === 'extend_volume').map((each) => each.request_id);
}
