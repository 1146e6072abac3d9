import type { WireReader } from '../../wire/reader.ts';
import type { RemoteConsole } from './model.ts';

export function parseRemoteConsole(console: WireReader): RemoteConsole {
  const { raw } = console;
  return { protocol: console.string('protocol'), type: console.string('type'), url: console.string('url'), raw };
}
