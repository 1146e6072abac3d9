import { beforeAll, expect, it } from 'vitest';
import type { Server } from '../../src/index.ts';
import { contract } from './contract.ts';
import { newServer } from './parts.ts';
import { eventually } from './waiting.ts';

contract('server actions', (cloud) => {
  const { servers } = cloud.member.compute;
  const PATIENCE = { timeoutMs: 150_000 };
  let server: Server;
  beforeAll(async () => {
    server = await newServer(cloud);
  });

  it('stop and start: refused where Nova refuses them', async () => {
    const { id } = server;
    await expect(servers.start(id)).rejects.toMatchObject({
      code: 'conflict',
      fault: `Cannot 'start' instance ${id} while it is in vm_state active`,
    });
    await servers.stop(id);
    expect(await servers.waitFor(id, 'SHUTOFF', PATIENCE)).toMatchObject({ vmState: 'stopped' });
    await expect(servers.stop(id)).rejects.toMatchObject({
      code: 'conflict',
      fault: `Cannot 'stop' instance ${id} while it is in vm_state stopped`,
    });
    await servers.start(id);
    expect(await servers.waitFor(id, 'ACTIVE', PATIENCE)).toMatchObject({ vmState: 'active' });
  });

  it('pause and unpause, suspend and resume, hard reboot', async () => {
    const { id } = server;
    await servers.pause(id);
    await servers.waitFor(id, 'PAUSED', PATIENCE);
    await servers.unpause(id);
    await servers.waitFor(id, 'ACTIVE', PATIENCE);
    await servers.suspend(id);
    await servers.waitFor(id, 'SUSPENDED', PATIENCE);
    await servers.resume(id);
    await servers.waitFor(id, 'ACTIVE', PATIENCE);
    await servers.reboot(id, 'hard');
    await servers.waitFor(id, 'ACTIVE', PATIENCE);
  });

  it('its console is readable, as far back as one likes', async () => {
    await eventually(async () => /\S/.test(await servers.consoleOutput(server.id)), true);
    expect((await servers.consoleOutput(server.id, 2)).split('\n').length).toBeLessThanOrEqual(2);
  });

  it('a new name and metadata', async () => {
    const name = cloud.uniqueName();
    await servers.update(server.id, { name });
    await servers.setMetadata(server.id, { first: '1' });
    await servers.setMetadata(server.id, { second: '2' });
    expect(await servers.get(server.id)).toMatchObject({ name, metadata: { first: '1', second: '2' } });
  });

  it('a locked server is left alone by its own user', async () => {
    await servers.lock(server.id);
    await expect(servers.stop(server.id)).rejects.toMatchObject({
      code: 'conflict',
      fault: `Instance ${server.id} is locked`,
    });
    await servers.unlock(server.id);
  });

  it('what only admins may: reset the state, migrate', async () => {
    const policy = (rule: string): object => ({
      code: 'forbidden',
      fault: `Policy doesn't allow ${rule} to be performed.`,
    });
    await expect(servers.liveMigrate(server.id)).rejects.toMatchObject(
      policy('os_compute_api:os-migrate-server:migrate_live'),
    );
    await expect(servers.resetState(server.id, 'error')).rejects.toMatchObject(
      policy('os_compute_api:os-admin-actions:reset_state'),
    );
    await cloud.admin.compute.servers.resetState(server.id, 'error');
    await expect(servers.waitFor(server.id, 'ACTIVE', PATIENCE)).rejects.toMatchObject({ code: 'resource_failed' });
    await cloud.admin.compute.servers.resetState(server.id, 'active');
    await servers.waitFor(server.id, 'ACTIVE', PATIENCE);
  });

  it('there is nothing to confirm without a resize', async () => {
    await expect(servers.confirmResize(server.id)).rejects.toMatchObject({
      code: 'conflict',
      fault: `Cannot 'confirmResize' instance ${server.id} while it is in vm_state active`,
    });
  });

  it('a shelved server is on no host, until it is unshelved', async () => {
    const { id } = server;
    await servers.shelve(id);
    await servers.waitFor(id, 'SHELVED_OFFLOADED', PATIENCE);
    expect((await cloud.admin.compute.servers.get(id)).host).toBeUndefined();
    await servers.unshelve(id);
    await servers.waitFor(id, 'ACTIVE', PATIENCE);
    expect((await cloud.admin.compute.servers.get(id)).host).toMatch(/./);
  });

  it('admins see the compute service and the hypervisor that a server is on', async () => {
    const { compute } = cloud.admin;
    const { host } = await compute.servers.get(server.id);
    const services = await compute.services.list({ binary: 'nova-compute' });
    expect(services.find((service) => service.host === host)).toMatchObject({ status: 'enabled', forcedDown: false });
    const hypervisors = await compute.hypervisors.list();
    const hypervisor = hypervisors.find(({ serviceHost }) => serviceHost === host);
    expect(hypervisor).toMatchObject({ type: 'QEMU', status: 'enabled' });
    expect(hypervisor?.runningServers).toBeGreaterThanOrEqual(1);
    await expect(cloud.member.compute.services.list()).rejects.toMatchObject({
      code: 'forbidden',
      fault: "Policy doesn't allow os_compute_api:os-services:list to be performed.",
    });
  });

  it("a keypair is its user's", async () => {
    const { keypairs } = cloud.member.compute;
    const name = cloud.uniqueName();
    const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgY contract';
    const made = await keypairs.create({ name, publicKey });
    cloud.cleanUp(() => keypairs.delete(name));
    expect(made).toMatchObject({ name, type: 'ssh', publicKey });
    expect(made.fingerprint).toMatch(/^(?:[0-9a-f]{2}:){15}[0-9a-f]{2}$/);
    expect(await keypairs.get(name)).toMatchObject({ fingerprint: made.fingerprint });
    expect((await keypairs.list()).map((keypair) => keypair.name)).toContain(name);
    await expect(keypairs.create({ name, publicKey })).rejects.toMatchObject({ code: 'conflict' });
    await keypairs.delete(name);
    await expect(keypairs.get(name)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('Nova takes events from services, not from users', async () => {
    const event = { name: 'network-changed', serverId: server.id } as const;
    await expect(cloud.member.compute.externalEvents.create([event])).rejects.toMatchObject({ code: 'forbidden' });
    expect(await cloud.service.compute.externalEvents.create([event])).toMatchObject([
      { name: 'network-changed', serverId: server.id, code: 200 },
    ]);
  });

  it('a deleted server is gone', async () => {
    const { id } = server;
    await servers.delete(id);
    await servers.waitUntilDeleted(id, PATIENCE);
    await eventually(async () => await cloud.admin.network.ports.list({ deviceId: id }), []);
  });
});
