import type { YamlScalar } from './scalar.ts';

export type YamlValue = YamlScalar | readonly YamlValue[] | { readonly [key: string]: YamlValue };

export function isMapping(value: YamlValue | undefined): value is { readonly [key: string]: YamlValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
