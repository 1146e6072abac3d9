import { ApiClient, ApiClientError } from '@iorcl/api';
import { fromEnvironment, OpenStackClient } from '@iorcl/openstack-client';
import { parseCommandLine } from './command-line.ts';
import { commands } from './commands/index.ts';

export interface Terminal {
  out(line: string): void;
  error(line: string): void;
}

const DEFAULT_ENDPOINT = 'http://127.0.0.1:8790';

/** Runs one command line and answers the exit status: 0 done, 1 failed, 2 wrong usage. */
export async function run(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<0 | 1 | 2> {
  const line = parseCommandLine(argv, commands);
  if (line.kind === 'help') {
    terminal.out(line.text);
    return 0;
  }
  if (line.kind === 'wrong') {
    terminal.error(line.message);
    return 2;
  }
  const endpoint = line.endpoint ?? environment['IORCL_ENDPOINT'] ?? DEFAULT_ENDPOINT;
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) {
    terminal.error(`the endpoint is not an http:// or https:// URL: ${endpoint}`);
    return 2;
  }
  try {
    const cloud = new OpenStackClient(fromEnvironment(environment));
    const api = new ApiClient({ endpoint, token: () => cloud.token() });
    terminal.out(await line.command.run({ api, format: line.format, operands: line.operands }));
    return 0;
  } catch (error) {
    terminal.error(describe(error));
    return 1;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof ApiClientError)) return error.message;
  const facts = [
    error.status === undefined ? undefined : `HTTP ${error.status}`,
    error.requestId === undefined ? undefined : `Request-ID: ${error.requestId}`,
  ].filter((fact) => fact !== undefined);
  return facts.length > 0 ? `${error.message} (${facts.join(') (')})` : error.message;
}
