import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenStackClient, passwordAuth } from '../../src/index.ts';
import { FakeCloud, SimulatedCompute } from '../../src/testing/index.ts';
import type { CloudNames, ContractCloud } from './contract-cloud.ts';

const NAMES: CloudNames = {
  flavor: 'm1.tiny',
  ioFlavor: 'io.tiny',
  image: 'tiny',
  network: 'net-a',
  volumeType: 'file',
  zoneOfMovers: 'movers',
};

type Opened = Omit<ContractCloud, 'cleanUp' | 'uniqueName'>;

/** A fake cloud furnished like the testbed. */
export async function openFakeCloud(): Promise<Opened & { close(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'openstack-contract-'));
  const cloud = await FakeCloud.start({ volumesDirectory: directory });
  cloud.addFlavor({ name: NAMES.flavor });
  cloud.addFlavor({ name: NAMES.ioFlavor, extraSpecs: { 'io:enabled': '1' } });
  cloud.addImage({ name: NAMES.image });
  cloud.addNetwork({ name: NAMES.network, physicalNetwork: 'physnet1', segmentationId: 120, cidr: '10.120.0.0/24' });
  new SimulatedCompute({ cloud, host: 'compute-1' });
  for (const host of ['mover-1', 'mover-2']) new SimulatedCompute({ cloud, host, zone: NAMES.zoneOfMovers });
  cloud.setQuotas(cloud.credentials.demo().projectName, { gigabytes: 1000 });
  const credentials = {
    member: cloud.credentials.demo(),
    admin: cloud.credentials.admin,
    service: cloud.credentials.service,
  };
  const open = (user: keyof typeof credentials): OpenStackClient =>
    new OpenStackClient({ auth: passwordAuth(credentials[user]) });
  const clients = { member: open('member'), admin: open('admin'), service: open('service') };
  return {
    kind: 'fake',
    ...clients,
    credentials,
    names: NAMES,
    restartCompute: async () => {},
    close: async () => {
      for (const client of Object.values(clients)) client.close();
      await cloud.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
