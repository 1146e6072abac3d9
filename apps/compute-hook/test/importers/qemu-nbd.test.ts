import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QemuNbdImporter } from '../../src/importers/qemu-nbd/qemu-nbd-importer.ts';
import { NbdServer, whyNoNbdServer } from '../nbd-server.ts';
import { describeImporterConformance } from './conformance.ts';

const impossible = whyNoNbdServer();
/** Any two will do. */
const [QEMU, STRANGER] = [4711, 4712];

describeImporterConformance({
  name: 'qemu-nbd',
  impossible,
  kind: 'nbd-socket',
  make: (directories, options) =>
    new QemuNbdImporter({
      ...directories,
      qemuUser: `${QEMU}`,
      reconnectDelaySeconds: 60,
      stopTimeoutMs: 2_000,
      ...options,
    }),
  outlivesItsProcess: false,
  grows: false,
  leftovers: async () => [],
  reboot: async () => {},
});

const title = `the socket of importer qemu-nbd${impossible === undefined ? '' : ` (skipped: ${impossible})`}`;
describe.skipIf(impossible !== undefined)(title, { timeout: 120_000 }, () => {
  let directory: string;
  let server: NbdServer;
  let importer: QemuNbdImporter;
  const attachmentId = randomUUID();

  beforeEach(async () => {
    directory = mkdtempSync('/dev/shm/iorcl-');
    chmodSync(directory, 0o755);
    mkdirSync(join(directory, 'io-host'));
    server = await NbdServer.start(join(directory, 'io-host'), 1024 * 1024);
    importer = make(`${QEMU}`);
    await importer.prepare();
  });
  afterEach(async () => {
    await importer.unimport(attachmentId);
    await server.kill();
    rmSync(directory, { recursive: true });
  });
  const make = (qemuUser: string) =>
    new QemuNbdImporter({
      importsDirectory: join(directory, 'imports'),
      runtimeDirectory: join(directory, 'run'),
      qemuUser,
    });
  const imported = () =>
    importer.import({
      attachmentId,
      access: server.access,
      interfaceName: 'lo',
      runInside: (action) => action(),
    });
  /** Whether QEMU can open the disk as this user. */
  const opensAs = async (user: number, path: string): Promise<boolean> => {
    const options = `driver=nbd,server.type=unix,server.path=${path},export=disk`;
    const args = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', 'qemu-io'];
    const child = spawn('setpriv', [...args, '--image-opts', options, '-c', 'read 0 512'], { stdio: 'ignore' });
    return (await once(child, 'exit'))[0] === 0;
  };

  it("lets the user connect as whom guests' QEMU runs, and no other", async () => {
    const { path } = await imported();
    expect(statSync(path)).toMatchObject({ uid: QEMU, gid: 0 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await opensAs(QEMU, path)).toBe(true);
    expect(await opensAs(STRANGER, path)).toBe(false);
  });

  it('is given to that user also when the hook ended just before it did so', async () => {
    const { path } = await imported();
    chmodSync(join(directory, 'imports', attachmentId), 0o700);
    expect(await opensAs(QEMU, path)).toBe(false);
    await imported();
    expect(await opensAs(QEMU, path)).toBe(true);
  });

  it('is not possible for a user that there is not', async () => {
    expect(await make('no-such-user').probe()).toMatchObject({
      possible: false,
      why: expect.stringContaining('there is no user no-such-user'),
    });
    expect(await make('root').probe()).toEqual({ possible: true });
  });
});
