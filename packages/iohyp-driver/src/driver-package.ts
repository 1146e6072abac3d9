import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CONTRACT_VERSION, DriverError, type IoHypervisorDriver } from './contract.ts';

/** What the main module of a driver's npm package exports. */
export interface DriverPackage {
  /** {@link CONTRACT_VERSION} of the contract that it was written for. */
  readonly contractVersion: number;
  /** Checks the options, which are as the operator wrote them, and throws what explains itself. */
  createDriver(options: unknown): IoHypervisorDriver | Promise<IoHypervisorDriver>;
}

/** npm's rule for names: never a path, a URL or an option. */
const NAME = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

const VERBS = [
  ...['open', 'interpose', 'export', 'grant', 'revoke', 'unexport', 'close'],
  ...['resize', 'setQos', 'drain', 'inspect', 'list', 'adopt', 'stats', 'watch'],
] as const;

/**
 * Makes a driver of an npm package that is installed on the I/O host. It runs with all our rights.
 *
 * @param name - name of the package, e.g. `@example/iorcl-driver-spdk`
 * @param options - for the package's `createDriver`, as they are
 * @param directory - below whose `node_modules`, or those of its parents, the package is looked for
 * @throws {DriverError} `bad_request`: what is wrong with the name, the package or its options
 */
export async function loadDriverPackage(
  name: string,
  options: unknown,
  directory: string,
): Promise<IoHypervisorDriver> {
  const refuse = (why: string, cause?: unknown): DriverError =>
    new DriverError('bad_request', `driver package "${name}": ${why}`, { cause });
  if (!NAME.test(name)) {
    throw refuse('not the name of an npm package');
  }
  let path: string;
  try {
    path = createRequire(join(directory, 'resolved-from-here.js')).resolve(name);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const why =
      code === 'MODULE_NOT_FOUND'
        ? `not installed below ${directory}: npm install ${name} there`
        : `its package.json has no "." in "exports" with a "default", nor a "main": ${text(cause)}`;
    throw refuse(why, cause);
  }
  const module: unknown = await import(pathToFileURL(path).href).catch((cause: unknown) => {
    throw refuse(`${path} can't be loaded: ${text(cause)}`, cause);
  });
  if (!isDriverPackage(module)) {
    throw refuse(`${path} doesn't export "contractVersion" (a number) and "createDriver" (a function)`);
  }
  if (module.contractVersion !== CONTRACT_VERSION) {
    const which = `contract ${module.contractVersion}, and this is contract ${CONTRACT_VERSION}`;
    throw refuse(`written for ${which}: install a version of it that fits`);
  }
  const driver: unknown = await Promise.resolve()
    .then(() => module.createDriver(options))
    .catch((cause: unknown) => {
      throw refuse(`it makes no driver of its options: ${text(cause)}`, cause);
    });
  if (!isDriver(driver)) {
    throw refuse(`what it makes is no driver: it lacks ${lacking(driver).join(', ')}`);
  }
  return driver;
}

function isDriverPackage(value: unknown): value is DriverPackage {
  return (
    typeof value === 'object' &&
    value !== null &&
    'contractVersion' in value &&
    typeof value.contractVersion === 'number' &&
    'createDriver' in value &&
    typeof value.createDriver === 'function'
  );
}

function isDriver(value: unknown): value is IoHypervisorDriver {
  return lacking(value).length === 0;
}

function lacking(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) {
    return ['everything'];
  }
  const verbs = VERBS.filter((verb) => typeof Reflect.get(value, verb) !== 'function');
  const has = (member: string, type: string): boolean => typeof Reflect.get(value, member) === type;
  return [
    ...(has('name', 'string') ? [] : ['name']),
    ...(has('capabilities', 'object') ? [] : ['capabilities']),
    ...verbs,
  ];
}

function text(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
