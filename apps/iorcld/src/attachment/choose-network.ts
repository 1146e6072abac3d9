import type { ProviderNetwork } from '../cloud/contract.ts';
import { AttachmentError } from './error.ts';
import type { VlanNetwork } from './record.ts';

export interface NetworkChoice {
  readonly attachmentId: string;
  /** The instance's networks. */
  readonly networks: readonly ProviderNetwork[];
  /** `io:network`: name or id; undefined: the only eligible one. */
  readonly wanted: string | undefined;
  /** Physical networks that this host reaches. */
  readonly reachable: readonly string[];
}

/**
 * Chooses the tenant network over which an instance reaches its exports: the one that `io:network` names, or else the
 * only one that can be used. Never the first of several.
 *
 * @throws AttachmentError `network_refused`, with the choices
 */
export function chooseNetwork({ attachmentId, networks, wanted, reachable }: NetworkChoice): VlanNetwork {
  const refuse = (message: string): AttachmentError => new AttachmentError('network_refused', attachmentId, message);
  const judged = networks.map((network) => ({ network, verdict: judge(network, reachable) }));
  if (judged.length === 0) throw refuse('The instance has no port on any network, so no export could reach it.');
  const list = judged.map(({ network, verdict }) => `${describe(network)}${verdict.usable ? '' : `: ${verdict.why}`}`);
  if (wanted !== undefined) {
    const named = judged.filter(({ network }) => network.id === wanted || network.name === wanted);
    const [only] = named;
    if (only === undefined) {
      throw refuse(`io:network=${wanted} is none of the instance's networks. Those are: ${list.join('; ')}.`);
    }
    if (named.length > 1) {
      throw refuse(
        `io:network=${wanted} is the name of ${named.length} of the instance's networks; give the id: ${list.join('; ')}.`,
      );
    }
    if (!only.verdict.usable)
      throw refuse(`io:network=${wanted} can't be used: ${describe(only.network)}: ${only.verdict.why}.`);
    return only.verdict.network;
  }
  const usable = judged.flatMap(({ verdict }) => (verdict.usable ? [verdict.network] : []));
  const [only] = usable;
  if (only === undefined) throw refuse(`None of the instance's networks can be used: ${list.join('; ')}.`);
  if (usable.length > 1) {
    throw refuse(
      `The instance has ${usable.length} networks that could be used; choose one by io:network: ${list.join('; ')}.`,
    );
  }
  return only;
}

type Verdict =
  | { readonly usable: true; readonly network: VlanNetwork }
  | { readonly usable: false; readonly why: string };

/** A VXLAN id or a missing tag must never be taken for a VLAN tag. */
function judge(network: ProviderNetwork, reachable: readonly string[]): Verdict {
  const no = (why: string): Verdict => ({ usable: false, why });
  if (network.type === undefined) {
    return no(
      "Neutron doesn't show its network type; iorcld's service user needs the right to see provider attributes",
    );
  }
  if (network.type !== 'vlan') return no(`its type is ${network.type}, expected vlan`);
  const { segmentationId, physicalNetwork } = network;
  if (segmentationId === undefined || segmentationId < 1 || segmentationId > 4094) {
    return no(`it is of type vlan but has segmentation id ${segmentationId ?? 'none'}, expected 1 to 4094`);
  }
  if (physicalNetwork === undefined) return no('it is of type vlan but has no physical network');
  if (!reachable.includes(physicalNetwork)) {
    return no(
      `this I/O host has no way to physical network ${physicalNetwork}; [network] targets has ${reachable.join(', ')}`,
    );
  }
  return { usable: true, network: { networkId: network.id, type: 'vlan', physicalNetwork, segmentationId } };
}

function describe({ id, name, type, segmentationId }: ProviderNetwork): string {
  return `${name} (${id}, ${type ?? 'unknown type'}${segmentationId === undefined ? '' : ` ${segmentationId}`})`;
}
