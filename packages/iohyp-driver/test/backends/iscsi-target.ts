import { randomInt } from 'node:crypto';
import { LocalCommandRunner } from '../../src/index.ts';
import { loopbackListener } from '../../src/testing/index.ts';
import { ServerProcess } from './server-process.ts';

const runner = new LocalCommandRunner();

export const IQN = 'iqn.2010-10.org.openstack:volume-1';

/** A real iSCSI target (tgt) with one logical unit, on two portals of its own. */
export class IscsiTarget {
  readonly portals: readonly string[];
  readonly #server: ServerProcess;

  private constructor(server: ServerProcess, ports: readonly number[]) {
    this.#server = server;
    this.portals = ports.map((port) => `127.0.0.1:${port}`);
  }

  static async start(
    path: string,
    chap?: { readonly user: string; readonly password: string },
    name = IQN,
  ): Promise<IscsiTarget> {
    const ports = [(await loopbackListener()).port, (await loopbackListener()).port];
    // Names its control socket, from 0 to 32767.
    const control = `${randomInt(1, 32_768)}`;
    const portals = ports.map((port) => `portal=127.0.0.1:${port}`).join(',');
    const server = await ServerProcess.start('tgtd', ['-f', '-C', control, '--iscsi', portals], ports[1] ?? 0);
    const target = new IscsiTarget(server, ports);
    const admin = (...args: string[]): Promise<unknown> =>
      runner.run({ program: 'tgtadm', args: ['-C', control, '--lld', 'iscsi', ...args] });
    try {
      await admin('--op', 'new', '--mode', 'target', '--tid', '1', '-T', name);
      await admin('--op', 'new', '--mode', 'logicalunit', '--tid', '1', '--lun', '1', '-b', path);
      if (chap !== undefined) {
        await admin('--op', 'new', '--mode', 'account', '--user', chap.user, '--password', chap.password);
        await admin('--op', 'bind', '--mode', 'account', '--tid', '1', '--user', chap.user);
      }
      await admin('--op', 'bind', '--mode', 'target', '--tid', '1', '-I', 'ALL');
      return target;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }
}
