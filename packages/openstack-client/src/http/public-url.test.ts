import { expect, it } from 'vitest';
import { publicText, publicUrl } from './public-url.ts';

it('a URL is shown without user, password, query and fragment', () => {
  expect(publicUrl(new URL('https://ann:secret@cloud:5000/v3/x?key=secret#secret'))).toBe('https://cloud:5000/v3/x');
});

it('what should be a URL is shown without what may be secret in it', () => {
  expect(publicText('http://ann:secret@cloud:port/?key=secret')).toBe('"http://***@cloud:port/"');
  expect(publicText('keystone')).toBe('"keystone"');
});
