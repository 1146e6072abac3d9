import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from '../demo/program.ts';
import { TESTBED, TESTBED_STATE } from '../testbed/lifecycle.ts';

/** The commands of a test cloud that the demo can't do without: an OpenStack's API alone can't type into a guest. */
const COMMANDS = ['openrc', 'guest', 'set-cinder-endpoint'] as const;

export interface Testbed {
  /** A directory of its state that lies on a shared mount. */
  readonly mountsDirectory: string;
  /** `OS_*` variables of one of its users. */
  credentials(user: 'admin' | 'demo' | 'service'): Promise<Readonly<Record<string, string>>>;
  /** Where nova-compute finds Cinder; `stock` is the catalogue. */
  setCinderEndpoint(url: string): Promise<void>;
  /** Waits until a guest has booted. */
  waitForGuest(serverId: string): Promise<void>;
  /** Runs a shell script in a guest and answers its output. */
  inGuest(serverId: string, script: string): Promise<string>;
}

/** Opens the testbed that IORCL_TESTBED names, else this repository's own; or says what is missing. It must be up. */
export function openTestbed(environment: NodeJS.ProcessEnv): Testbed {
  const directory = environment['IORCL_TESTBED'] ?? TESTBED;
  const wanted = `a directory with the commands ${COMMANDS.join(', ')} of a running test cloud`;
  const missing = COMMANDS.filter((command) => !existsSync(join(directory, command)));
  if (missing.length > 0)
    throw new Error(`IORCL_TESTBED=${directory} has no ${missing.join(', ')}: it names ${wanted}`);
  const run = async (command: (typeof COMMANDS)[number], ...args: string[]): Promise<string> => {
    const { status, out, error } = await runToEnd(join(directory, command), args, {}, { timeoutMs: 180_000 });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed with ${status}: ${error || out}`);
    return out;
  };
  const mountsDirectory = join(TESTBED_STATE, 'mounts');
  const mount = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((line) => line.split(' ')[4] === mountsDirectory);
  if (mount?.includes(' shared:') !== true)
    throw new Error(`${mountsDirectory} is not a shared mount: is the testbed up?`);
  return {
    mountsDirectory,
    credentials: async (user) => {
      const text = await run('openrc', '--credentials', user);
      return Object.fromEntries(
        [...text.matchAll(/^export (OS_\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
      );
    },
    setCinderEndpoint: async (url) => void (await run('set-cinder-endpoint', url)),
    waitForGuest: async (serverId) => void (await run('guest', 'wait', serverId, '--timeout', '120')),
    inGuest: (serverId, script) => run('guest', 'exec', serverId, '--', script),
  };
}
