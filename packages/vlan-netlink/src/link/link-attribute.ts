/** RTM_* of links (`<linux/rtnetlink.h>`). */
export const LinkRequest: {
  readonly new: 16;
  readonly delete: 17;
  readonly get: 18;
  readonly set: 19;
  readonly addProperty: 108;
  readonly deleteProperty: 109;
} = { new: 16, delete: 17, get: 18, set: 19, addProperty: 108, deleteProperty: 109 };

/** IFLA_* (`<linux/if_link.h>`). */
export const LinkAttribute: {
  readonly address: 1;
  readonly name: 3;
  readonly mtu: 4;
  readonly link: 5;
  readonly master: 10;
  readonly operationalState: 16;
  readonly linkInfo: 18;
  readonly alias: 20;
  readonly familySpecific: 26;
  readonly group: 27;
  readonly namespaceFd: 28;
  readonly extensionMask: 29;
  readonly linkNamespaceId: 37;
  readonly properties: 52;
  readonly alternativeName: 53;
} = {
  address: 1,
  name: 3,
  mtu: 4,
  link: 5,
  master: 10,
  operationalState: 16,
  linkInfo: 18,
  alias: 20,
  familySpecific: 26,
  group: 27,
  namespaceFd: 28,
  extensionMask: 29,
  linkNamespaceId: 37,
  properties: 52,
  alternativeName: 53,
};

/** IFLA_INFO_*, inside IFLA_LINKINFO. */
export const LinkInfoAttribute: { readonly kind: 1; readonly data: 2 } = { kind: 1, data: 2 };

/** IFLA_INET6_ADDR_GEN_MODE, inside IFLA_AF_SPEC / AF_INET6. */
export const INET6_ADDRESS_GENERATION_MODE = 8;

/** IFF_* (`<linux/if.h>`). */
export const LinkFlag: { readonly up: 0x1; readonly loopback: 0x8; readonly running: 0x40 } = {
  up: 0x1,
  loopback: 0x8,
  running: 0x40,
};
