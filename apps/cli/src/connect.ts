import { accessSync, constants, readFileSync } from 'node:fs';
import { ApiClient } from '@iorcl/api';
import { fromClouds, OpenStackClient } from '@iorcl/openstack-client';
import { UsageError } from './usage-error.ts';

const DEFAULT_ENDPOINT = 'http://127.0.0.1:8790';
const LOCAL_SOCKET = '/run/iorcl/iorcld.sock';

export interface ConnectOptions {
  readonly endpoint: string | undefined;
  readonly cacert: string | undefined;
  readonly cloud: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The client of the iorcld that is meant. Credentials are looked for only when a token is needed.
 *
 * @throws UsageError for an endpoint that is none
 */
export function connect(options: ConnectOptions, environment: Environment): ApiClient {
  const endpoint = options.endpoint ?? environment['IORCL_ENDPOINT'] ?? defaultEndpoint(options, environment);
  const cacert = options.cacert ?? environment['IORCL_CACERT'];
  let cloud: OpenStackClient | undefined;
  try {
    return new ApiClient({
      endpoint,
      token: async () => {
        cloud ??= new OpenStackClient(fromClouds({ cloud: options.cloud, env: environment }));
        return cloud.token();
      },
      ...(cacert === undefined ? {} : { ca: readFileSync(cacert, 'utf8') }),
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(`the endpoint is not an http:// or https:// URL: ${endpoint}; unix:/PATH will do, too`);
  }
}

/** Who says nothing of a cloud, and may open the local administrator's socket, is that. */
function defaultEndpoint({ cloud }: ConnectOptions, environment: Environment): string {
  if (cloud !== undefined || Object.keys(environment).some((name) => name.startsWith('OS_'))) return DEFAULT_ENDPOINT;
  try {
    accessSync(LOCAL_SOCKET, constants.W_OK);
    return `unix:${LOCAL_SOCKET}`;
  } catch {
    return DEFAULT_ENDPOINT;
  }
}
