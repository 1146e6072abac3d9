import { describe, expect, it } from 'vitest';
import { IniSyntaxError, parseIni } from './ini.ts';

const values = (text: string): Record<string, string> =>
  Object.fromEntries(parseIni(text, 'f').map((entry) => [`${entry.section}.${entry.option}`, entry.value]));

describe('parseIni', () => {
  it('reads the oslo.config dialect', () => {
    const text = `early = 1
# a comment
[api]
host: "127.0.0.1"
url = http://h/?a=b#c
list = a,
  b,
  c
empty =
`;
    expect(values(text)).toEqual({
      'DEFAULT.early': '1',
      'api.host': '127.0.0.1',
      'api.url': 'http://h/?a=b#c',
      'api.list': 'a,\nb,\nc',
      'api.empty': '',
    });
  });

  it('names file and line of what it does not understand', () => {
    expect(() => parseIni('[a]\nnonsense\n', 'x.conf')).toThrow(IniSyntaxError);
    expect(() => parseIni('[a]\nnonsense\n', 'x.conf')).toThrow('x.conf:2: expected [section] or option = value');
    expect(() => parseIni('[a]\n  b = 1\n', 'x.conf')).toThrow('x.conf:2: an indented line continues no option');
    // It may be a password that lost its place.
    for (const text of ['[a]\n  password = sekret\n', '[a]\nsekret\n']) {
      expect(() => parseIni(text, 'x.conf')).not.toThrow('sekret');
      expect(() => parseIni(text, 'x.conf')).toThrow('x.conf:2');
    }
  });
});
