import { isRecord } from '../wire/record.ts';

const LONGEST_FAULT = 1000;

/**
 * The service's own words in an error body: `{"badRequest": {"message"}}` (Nova, Cinder), `{"error": {"message"}}`
 * (Keystone), `{"NeutronError": {"message"}}` or `{"NeutronError": "words"}`. Undefined for anything else.
 */
export function faultMessage(body: unknown): string | undefined {
  if (!isRecord(body)) return undefined;
  for (const value of Object.values(body)) {
    const words = typeof value === 'string' ? value : isRecord(value) ? value['message'] : undefined;
    if (typeof words === 'string' && words !== '') return words.slice(0, LONGEST_FAULT);
  }
  return undefined;
}

/**
 * Replaces secrets that a service repeats in its words, also in the spellings of JSON and of URLs. Those shorter than four
 * characters are left: they would blot out ordinary text.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length < 4) continue;
    for (const spelling of new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])) {
      clean = clean.replaceAll(spelling, '***');
    }
  }
  return clean;
}
