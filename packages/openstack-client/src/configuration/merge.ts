import { isRecord, type WireRecord } from '../wire/record.ts';

/** `over` on top of `base`, mapping by mapping: how secure.yaml completes clouds.yaml. */
export function mergeDeep(base: WireRecord, over: WireRecord): WireRecord {
  const merged = new Map<string, unknown>(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    merged.set(key, isRecord(below) && isRecord(value) ? mergeDeep(below, value) : value);
  }
  return Object.fromEntries(merged);
}

/** `over` on top of `base`, key by key, and so within `auth`: how a cloud completes its profile. */
export function mergeCloud(base: WireRecord, over: WireRecord): WireRecord {
  const auth = isRecord(base['auth']) && isRecord(over['auth']) ? { auth: { ...base['auth'], ...over['auth'] } } : {};
  return { ...base, ...over, ...auth };
}
