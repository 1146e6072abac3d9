import { access, readFile } from 'node:fs/promises';

const FABRICS = '/dev/nvme-fabrics';
/** One of the sysctls that only the initial network namespace has. */
const INITIAL_ONLY = '/proc/sys/net/core/dev_weight';

/** Why the kernel's NVMe/TCP client can't import here; undefined when it can. Changes nothing. */
export async function whyNoNvmeTcp(): Promise<string | undefined> {
  if (!(await isThere('/sys/module/nvme_fabrics')) && !(await isThere(FABRICS))) {
    return `${FABRICS} is not there: load the kernel's module nvme-tcp (modprobe nvme-tcp)`;
  }
  let options: string;
  try {
    // Without a connection the kernel answers the options that it knows.
    options = await readFile(FABRICS, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return `${FABRICS} can't be used (${why}): inside a container it must be passed in, with root's rights to it`;
  }
  if (!options.includes('dhchap_secret')) {
    return 'this kernel knows no keys for NVMe (CONFIG_NVME_AUTH or CONFIG_NVME_HOST_AUTH, Linux 6.0 and later)';
  }
  if (!(await isThere('/sys/module/nvme_tcp'))) {
    return "the kernel's module nvme-tcp is not loaded (modprobe nvme-tcp)";
  }
  if (!(await isThere(INITIAL_ONLY))) {
    return "the hook is not in the initial network namespace, where the kernel's NVMe/TCP client must be to come back after an outage";
  }
  return undefined;
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
