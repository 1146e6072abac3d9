import { randomUUID } from 'node:crypto';
import { LocalCommandRunner } from '../../src/index.ts';

const commands = new LocalCommandRunner();

export async function run(...words: readonly string[]): Promise<string> {
  const [program = '', ...args] = words;
  return (await commands.run({ program, args })).stdout;
}

/** A tenant's network: a namespace, with one link into this one. Addresses may be those of another tenant. */
export class TenantNetwork implements AsyncDisposable {
  readonly name: string = `iorcl-t-${randomUUID().slice(0, 6)}`;

  /** @param outside address of this end, with the length of its prefix; `inside` that of the other one */
  static async create(inside: string, outside?: string): Promise<TenantNetwork> {
    const network = new TenantNetwork();
    const { name } = network;
    const [here, there] = [`${name.slice(-6)}h`, `${name.slice(-6)}t`];
    await run('ip', 'netns', 'add', name);
    await run('ip', 'link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', name);
    await run('ip', '-n', name, 'address', 'add', inside, 'dev', there);
    await run('ip', '-n', name, 'link', 'set', there, 'up');
    await run('ip', '-n', name, 'link', 'set', 'lo', 'up');
    await run('ip', 'link', 'set', here, 'up');
    if (outside !== undefined) {
      await run('ip', 'address', 'add', outside, 'dev', here);
    }
    return network;
  }

  /** Not `ip netns exec`, which hides configfs. */
  run(...words: readonly string[]): Promise<string> {
    return run('nsenter', `--net=/run/netns/${this.name}`, ...words);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run('ip', 'netns', 'delete', this.name);
  }
}
