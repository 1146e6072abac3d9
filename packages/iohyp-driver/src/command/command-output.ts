import { type Command, type CommandResult, describeCommand } from './command.ts';

export const DEFAULT_TIMEOUT_MS = 30_000;
export const DEFAULT_MAX_OUTPUT_BYTES: number = 1024 * 1024;

export function tooMuchOutput(stream: 'output' | 'error', maxBytes: number): string {
  return `wrote more than ${maxBytes} bytes to its standard ${stream}`;
}

export function describeFailure(command: Command, result: CommandResult): string {
  const how = result.signal === undefined ? `exit status ${result.exitCode}` : `signal ${result.signal}`;
  const said = result.stderr.trim().slice(-2000);
  return `${describeCommand(command)} ended with ${how}${said === '' ? ' and said nothing' : `: ${said}`}`;
}

/** Keeps the first `maxBytes` of a stream. `onTooMuch` is called when there are more. */
export function collectOutput(
  stream: NodeJS.ReadableStream,
  maxBytes: number,
  onTooMuch: () => void,
): { text(): string } {
  const chunks: Uint8Array[] = [];
  let length = 0;
  stream.on('data', (chunk: Uint8Array) => {
    const room = maxBytes - length;
    length += chunk.length;
    chunks.push(chunk.length > room ? chunk.subarray(0, Math.max(room, 0)) : chunk);
    if (length > maxBytes) {
      onTooMuch();
    }
  });
  return { text: () => Buffer.concat(chunks).toString('utf8') };
}
