import { formats } from './format.ts';

/** An option that every command takes. */
export interface GlobalOption {
  readonly name: string;
  readonly short?: string;
  /** What stands for its value in the help; absent: it takes none. */
  readonly value?: string;
  readonly multiple?: boolean;
  readonly help: string;
}

export const globalOptions: readonly GlobalOption[] = [
  { name: 'format', short: 'f', value: 'FORMAT', help: `${formats.join(', ')}; default table` },
  { name: 'column', short: 'c', value: 'COLUMN', multiple: true, help: 'only this column; may be repeated' },
  { name: 'sort-column', value: 'COLUMN', multiple: true, help: 'sort by this column; may be repeated' },
  { name: 'sort-descending', help: 'from high to low' },
  {
    name: 'endpoint',
    value: 'URL',
    help: 'of iorcld: http(s)://HOST:PORT or unix:/PATH; default IORCL_ENDPOINT, see below',
  },
  {
    name: 'cacert',
    value: 'FILE',
    help: "PEM certificates to trust iorcld by; default IORCL_CACERT, else the system's",
  },
  { name: 'os-cloud', value: 'CLOUD', help: 'name of a cloud in clouds.yaml; default OS_CLOUD' },
  { name: 'help', short: 'h', help: 'this text; after a command, its own' },
];
