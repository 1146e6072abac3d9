import { BlockList, isIP } from 'node:net';

/**
 * Reads IP addresses and networks (`192.0.2.0/24`), and answers what tells whether an address is one of them.
 *
 * @throws TypeError naming what is neither
 */
export function allowedAddresses(texts: readonly string[]): (address: string | undefined) => boolean {
  const list = new BlockList();
  for (const text of texts) {
    const [address = '', bits, ...more] = text.split('/');
    const family = isIP(address);
    const length = bits === undefined ? undefined : Number(bits);
    const right = length === undefined || (/^\d+$/.test(bits ?? '') && length <= (family === 4 ? 32 : 128));
    if (family === 0 || !right || more.length > 0) throw new TypeError(`${text}: expected an IP address or a network`);
    const name = family === 4 ? 'ipv4' : 'ipv6';
    if (length === undefined) list.addAddress(address, name);
    else list.addSubnet(address, length, name);
  }
  return (address = '') => {
    const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
    const family = isIP(plain);
    return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
  };
}
