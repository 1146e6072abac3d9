import type { Attribute } from '../../codec/attribute.ts';
import { decodeFields, encodeFields, type Fields } from './field.ts';

/** What a kind adds to a new link. */
export interface LinkKind {
  readonly kind: string;
  /** IFLA_INFO_DATA. */
  readonly data?: readonly Attribute[];
  /** IFLA_LINK: index of the device below. */
  readonly link?: number;
  /** The kernel refuses to bring it up while it creates it. */
  readonly startsDown?: boolean;
  /** Names of settings that differ from a link's IFLA_INFO_DATA. Default: none can. */
  differences?(data: readonly Attribute[]): readonly string[];
  /** What the kernel can change of a link; one that differs otherwise must be made anew. */
  readonly changeable?: readonly string[];
  /** IFLA_INFO_DATA of a request that changes a link. */
  readonly changeData?: readonly Attribute[];
}

interface SettingsOptions<S> extends Pick<LinkKind, 'link'> {
  readonly changeable?: readonly (keyof S)[];
  /** A change has all settings: the kernel sets those to zero that it lacks. Otherwise it refuses what it cannot change. */
  readonly changedTogether?: boolean;
}

/** A kind whose IFLA_INFO_DATA is settings, described by fields. */
export function settingsKind<S extends object>(
  kind: string,
  fields: Fields<S>,
  settings: Partial<S>,
  { link, changeable = [], changedTogether = false }: SettingsOptions<S> = {},
): LinkKind {
  const data = encodeFields(fields, settings);
  const wanted = decodeFields(fields, data);
  const changed: Partial<S> = {};
  for (const name of changeable) {
    const value = settings[name];
    if (value !== undefined) changed[name] = value;
  }
  return {
    kind,
    data,
    changeable: changeable.map(String),
    changeData: changedTogether ? data : encodeFields(fields, changed),
    ...(link !== undefined && { link }),
    differences: (actual) => {
      const found = decodeFields(fields, actual);
      const differing: string[] = [];
      for (const name in fields) {
        if (wanted[name] !== undefined && wanted[name] !== found[name]) differing.push(name);
      }
      return differing;
    },
  };
}
