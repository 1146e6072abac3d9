import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  hookConfiguration,
  iorcldConfiguration,
  type Sections,
  type ServiceUser,
  type Surroundings,
} from '../../demo/configuration.ts';

const IORCLD_PORT = 8790;
export const IORCLD = `http://127.0.0.1:${IORCLD_PORT}`;
export const OVSDB = 'tcp:127.0.0.1:6640';
/** The key manager of the testbed gives every encrypted volume this one. */
const KEY_ID = '00000000-0000-0000-0000-000000000000';
const PASSPHRASE = '0123456789abcdef'.repeat(4);

/** Where a hook stands: beside one nova-compute, or beside nova-api (`controller`). */
export const HOOK_PORTS = { testbed: 8876, 'fake-1': 8877, 'fake-2': 8878, controller: 8879 } as const;
export type HookName = keyof typeof HOOK_PORTS;
/** Several hooks on one machine leave each other's networks alone. */
const SITES: Readonly<Record<HookName, string>> = {
  testbed: 'test',
  'fake-1': 'fake1',
  'fake-2': 'fake2',
  controller: 'control',
};

export interface Places {
  /** Everything of ours lies below it, but the imports. */
  readonly directory: string;
  /** Below a shared mount. */
  readonly importsDirectory: string;
  readonly serviceUser: ServiceUser;
}

/** Sections of a configuration with further options, or other ones. */
export function merge(sections: Sections, further: Sections): Sections {
  const names = new Set([...Object.keys(sections), ...Object.keys(further)]);
  return Object.fromEntries([...names].map((name) => [name, { ...sections[name], ...further[name] }]));
}

export function configureIorcld(places: Places): Sections {
  const keys = join(places.directory, 'keys');
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  writeFileSync(join(keys, KEY_ID), PASSPHRASE, { mode: 0o600 });
  const sections = iorcldConfiguration(surroundings(places, 'testbed'));
  return merge(sections, { key_manager: { directory: keys }, reconcile: { grace_seconds: 2, confirm_seconds: 1 } });
}

export function configureHook(places: Places, name: HookName): Sections {
  const directory = directoryOfHook(places, name);
  mkdirSync(directory, { recursive: true });
  const importsDirectory = importsOf(places, name);
  mkdirSync(importsDirectory, { recursive: true });
  const sections = hookConfiguration(surroundings({ ...places, directory, importsDirectory }, name));
  return merge(sections, { network: { site: SITES[name] }, importer: { check_interval: 5 } });
}

export function directoryOfHook({ directory }: Pick<Places, 'directory'>, name: HookName): string {
  return join(directory, name);
}

export function importsOf({ importsDirectory }: Pick<Places, 'importsDirectory'>, name: HookName): string {
  return join(importsDirectory, name);
}

function surroundings({ directory, importsDirectory, serviceUser }: Places, name: HookName): Surroundings {
  return {
    directory,
    serviceUser,
    cinderEndpoint: 'http://127.0.0.1:8776',
    networkTargets: `physnet1:ovs:br-phys1@${OVSDB}, physnet2:ovs:br-phys2@${OVSDB}`,
    computeHost: name,
    importsDirectory,
    fileDirectories: directory,
    iorcldPort: IORCLD_PORT,
    hookPort: HOOK_PORTS[name],
  };
}
