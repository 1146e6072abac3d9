import { writeFileSync } from 'node:fs';

/** Sections of a configuration file: section -> option -> value. */
export type Sections = Readonly<Record<string, Readonly<Record<string, string | number>>>>;

/** Writes a configuration file that only root can read, since it holds a password. Answers its path. */
export function writeConfiguration(file: string, sections: Sections): string {
  const text = Object.entries(sections)
    .flatMap(([section, options]) => [
      `[${section}]`,
      ...Object.entries(options).map(([option, value]) => `${option} = ${value}`),
      '',
    ])
    .join('\n');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

/** Who the daemons are in Keystone. */
export interface ServiceUser {
  readonly authUrl: string;
  readonly username: string;
  readonly password: string;
  readonly projectName: string;
}

/** What the two daemons of a demo need to know of their surroundings. */
export interface Surroundings {
  /** Everything they write lies below it. */
  readonly directory: string;
  readonly serviceUser: ServiceUser;
  readonly cinderEndpoint: string;
  /** How physical networks are reached, for example `physnet1:bridge`. */
  readonly networkTargets: string;
  readonly computeHost: string;
  /** Below a shared mount, so that a running guest's QEMU sees new disks. */
  readonly importsDirectory: string;
  readonly fileDirectories: string;
  readonly iorcldPort: number;
  readonly hookPort: number;
}

function serviceUserSection(user: ServiceUser): Readonly<Record<string, string>> {
  return {
    auth_url: user.authUrl,
    username: user.username,
    password: user.password,
    project_name: user.projectName,
    user_domain_name: 'Default',
    project_domain_name: 'Default',
  };
}

/** iorcld's configuration file of a demo. */
export function iorcldConfiguration(at: Surroundings): Sections {
  return {
    DEFAULT: { host: 'io-1', state_directory: `${at.directory}/iorcld` },
    api: { bind_host: '127.0.0.1', bind_port: at.iorcldPort },
    service_user: serviceUserSection(at.serviceUser),
    iohyp: { driver: 'qsd', runtime_directory: `${at.directory}/qsd`, file_directories: at.fileDirectories },
    network: {
      targets: at.networkTargets,
      namespace_directory: `${at.directory}/netns`,
      state_directory: `${at.directory}/io-networks`,
    },
  };
}

/** The compute hook's configuration file of a demo. */
export function hookConfiguration(at: Surroundings): Sections {
  return {
    DEFAULT: { host: at.computeHost, state_directory: `${at.directory}/hook` },
    proxy: { bind_host: '127.0.0.1', bind_port: at.hookPort, cinder_endpoint: at.cinderEndpoint },
    iorcl: { endpoint: `http://127.0.0.1:${at.iorcldPort}` },
    service_user: serviceUserSection(at.serviceUser),
    importer: {
      // Needs nothing of the machine.
      kind: 'fuse',
      qemu_user: 'root',
      imports_directory: at.importsDirectory,
      runtime_directory: `${at.directory}/fuse`,
    },
    network: {
      targets: at.networkTargets,
      namespace_directory: `${at.directory}/netns`,
      state_directory: `${at.directory}/compute-networks`,
    },
  };
}
