import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseYaml } from './parse-yaml.ts';
import { YamlError } from './yaml-error.ts';

describe('parseYaml', () => {
  it('reads a clouds.yaml as it is found in the wild', () => {
    const text = `---
# operators' file
x-common: &common   # shared
  region_name: RegionOne
  verify: no
clouds:
  "lab":
    <<: *common
    auth:
      auth_url: https://keystone.example.org:5000/v3   # the VIP
      username: 'ann o''neill'
      password: "p#ss: \\"word\\" \\u00e9"
      project_name: lab
    identity_api_version: 3
    volume_api_version: 3.0
    regions:
    - name: one
      values: {compute_endpoint_override: 'http://x:8774/v2.1', flag: true}
    - two
    tags: [a, "b, c", 'd', 4, null]
    nested:
      - - 1
        - 2
      -
        key: value
    cacert: |
      -----BEGIN-----
        indented

      -----END-----
    note: >-
      folded
      into one

      paragraph
...
`;
    expect(parseYaml(text)).toEqual({
      'x-common': { region_name: 'RegionOne', verify: false },
      clouds: {
        lab: {
          region_name: 'RegionOne',
          verify: false,
          auth: {
            auth_url: 'https://keystone.example.org:5000/v3',
            username: "ann o'neill",
            password: 'p#ss: "word" é',
            project_name: 'lab',
          },
          identity_api_version: 3,
          volume_api_version: '3.0',
          regions: [{ name: 'one', values: { compute_endpoint_override: 'http://x:8774/v2.1', flag: true } }, 'two'],
          tags: ['a', 'b, c', 'd', 4, null],
          nested: [[1, 2], { key: 'value' }],
          cacert: '-----BEGIN-----\n  indented\n\n-----END-----\n',
          note: 'folded into one\nparagraph',
        },
      },
    });
  });

  it.each([
    ['', null],
    ['# nothing', null],
    ['just text', 'just text'],
    ['a: 007', { a: '007' }],
    ['a: -1\nb: 1.5\nc: 1.50\nd: ~\ne:', { a: -1, b: 1.5, c: '1.50', d: null, e: null }],
    ['a: http://x:5000/v3#frag', { a: 'http://x:5000/v3#frag' }],
    ['a: {b: [1, {c: d}],\n  # why\n  e: "f\\n"}', { a: { b: [1, { c: 'd' }], e: 'f\n' } }],
    ['a: [http://x:1/v, b]', { a: ['http://x:1/v', 'b'] }],
    ['a: &x {b: 1}\nc: *x\nd:\n  <<: [*x]\n  b: 2', { a: { b: 1 }, c: { b: 1 }, d: { b: 2 } }],
    ['a: |2\n    x\n   y\n', { a: '  x\n y\n' }],
    ['a: |+\n  x\n\nb: >\n  x\n    y\n  z\n', { a: 'x\n\n', b: 'x\n  y\nz\n' }],
    ['"__proto__": 1\nconstructor: 2', JSON.parse('{"__proto__": 1, "constructor": 2}')],
    ['a: []\nb: {}', { a: [], b: {} }],
  ])('reads %j', (text, expected) => {
    expect(parseYaml(text)).toEqual(expected);
  });

  it.each([
    ['a: "never closed', 1, 'a closing quote is missing'],
    ['a: one\n  two', 2, 'a text over several lines must follow "|" or ">"'],
    ['a: b: c', 1, 'a text with ": " in it must be quoted'],
    ['a: !!binary x', 1, 'tags and special characters must be quoted'],
    ['a: *nobody', 1, 'an alias to an anchor that was not there before'],
    ['a: 1\na: 2', 2, 'the same key twice in one mapping'],
    ['\ta: 1', 1, 'a tab in the indentation'],
    ['%YAML 1.2\n---\na: 1', 1, 'a directive'],
    ['a: 1\n---\nb: 2', 2, 'a second document'],
    ['a: [1, 2', 1, '"]" is missing'],
    ['a: {b}', 1, 'a key between { and } without ":"'],
    ['a: [1] 2', 1, 'something follows the closing bracket'],
    ['a: [&x 1]', 1, 'anchors and tags between brackets are not read'],
    ['a: "\\q"', 1, 'an unknown escape in a quoted text'],
    ['a: "\\UFFFFFFFF"', 1, 'an escape is beyond Unicode'],
    ['a: | x', 1, 'something follows "|" or ">"'],
    ['<<: 1', 1, '"<<" needs a mapping'],
    ['a:\n   b: 1\n  c: 2', 3, 'expected "key: value" at the same indentation'],
  ])('refuses %j at line %i', (text, line, message) => {
    expect(() => parseYaml(text)).toThrow(YamlError);
    expect(() => parseYaml(text)).toThrow(`line ${line}: `);
    expect(() => parseYaml(text)).toThrow(message);
  });

  it('never gets lost in deep nesting', () => {
    expect(() => parseYaml(`a: ${'['.repeat(10_000)}`)).toThrow(YamlError);
    const deep = Array.from({ length: 100 }, (_, level) => `${' '.repeat(level)}a:`).join('\n');
    expect(() => parseYaml(deep)).toThrow('more than 50 levels');
  });

  it('takes any text, and fails with a YamlError that quotes nothing of it, or not at all', () => {
    const word = fc.constantFrom(
      'a',
      '- ',
      ': ',
      '\n',
      '  ',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      ',',
      '|',
      '>',
      '&x',
      '*x',
      '#',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(word, { maxLength: 40 }).map((words) => words.join('')),
    );
    fc.assert(
      fc.property(text, (yaml) => {
        try {
          parseYaml(`k: secret-value\n${yaml}`);
        } catch (error) {
          expect(error).toBeInstanceOf(YamlError);
          expect(String(error)).not.toContain('secret-value');
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('reads back whatever is written in block style', () => {
    const text = fc.string({ maxLength: 12 });
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, text, fc.integer(), fc.boolean(), tie('list'), tie('map')),
      list: fc.array(tie('value'), { maxLength: 4 }),
      map: fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), tie('value'), { maxKeys: 4, noNullPrototype: true }),
    }));
    fc.assert(
      fc.property(value, (json) => {
        expect(parseYaml(write(json, 0))).toEqual(json);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** YAML in block style, with quotes around every text. */
function write(value: unknown, indent: number): string {
  const pad = ' '.repeat(indent);
  if (Array.isArray(value) && value.length > 0) {
    return `\n${value.map((item) => `${pad}- ${write(item, indent + 2)}`).join('\n')}`;
  }
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
    return `\n${Object.entries(value)
      .map(([key, item]) => `${pad}${key}: ${write(item, indent + 2)}`)
      .join('\n')}`;
  }
  return JSON.stringify(value);
}
