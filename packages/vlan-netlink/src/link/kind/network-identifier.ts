const MAX_IDENTIFIER = 0xff_ffff;

/** VXLAN and Geneve networks have numbers of 24 bits. @throws RangeError */
export function checkNetworkIdentifier(vni: number, what: string): void {
  if (Number.isInteger(vni) && vni >= 0 && vni <= MAX_IDENTIFIER) return;
  throw new RangeError(`${vni} is no ${what} network identifier; 0 to ${MAX_IDENTIFIER} are`);
}
