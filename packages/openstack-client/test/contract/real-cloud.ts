import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fromEnvironment, OpenStackClient } from '../../src/index.ts';
import type { CloudNames, ContractCloud, Credentials } from './contract-cloud.ts';

/** What the variable IORCL_REAL_CLOUD holds, as JSON. */
export interface RealCloud {
  /** `OS_*` variables of each user. */
  readonly users: Readonly<Record<'member' | 'admin' | 'service', Readonly<Record<string, string>>>>;
  readonly names: CloudNames;
  /** Command that ends and starts a nova-compute; `%s` in it is the host. */
  readonly restartCompute?: readonly string[] | undefined;
}

type Opened = Omit<ContractCloud, 'cleanUp' | 'uniqueName'>;

export function openRealCloud(description: string): Opened & { close(): Promise<void> } {
  const { users, names, restartCompute }: RealCloud = JSON.parse(description);
  const open = (user: keyof RealCloud['users']): OpenStackClient => new OpenStackClient(fromEnvironment(users[user]));
  const clients = { member: open('member'), admin: open('admin'), service: open('service') };
  return {
    kind: 'real',
    ...clients,
    credentials: {
      member: credentialsOf(users.member),
      admin: credentialsOf(users.admin),
      service: credentialsOf(users.service),
    },
    names,
    restartCompute: restartCompute === undefined ? undefined : (host) => run(restartCompute, host),
    close: async () => {
      for (const client of Object.values(clients)) client.close();
    },
  };
}

async function run(command: readonly string[], host: string): Promise<void> {
  const [program = '', ...args] = command.map((word) => word.replace('%s', host));
  await promisify(execFile)(program, args, { timeout: 150_000 });
}

function credentialsOf(variables: Readonly<Record<string, string>>): Credentials {
  const read = (name: string): string => {
    const value = variables[name];
    if (value === undefined) throw new Error(`IORCL_REAL_CLOUD: a user lacks ${name}`);
    return value;
  };
  return {
    authUrl: read('OS_AUTH_URL'),
    username: read('OS_USERNAME'),
    password: read('OS_PASSWORD'),
    projectName: read('OS_PROJECT_NAME'),
    userDomainName: variables['OS_USER_DOMAIN_NAME'],
    projectDomainName: variables['OS_PROJECT_DOMAIN_NAME'],
  };
}
