import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { CONTRACT_VERSION } from '../src/index.ts';

const docs = fileURLToPath(new URL('../../../docs/', import.meta.url));
const page = readFileSync(`${docs}writing-a-driver.md`, 'utf8');
const plain = (text: string): string => text.replaceAll(/\s+/g, ' ');

it('H24: the page for authors of drivers quotes code as it is, and what it points to is there', () => {
  const stage = readFileSync(`${docs}../packages/iohyp-driver/src/interposers/audit/audit-stage.ts`, 'utf8');
  const section = page.slice(page.indexOf('## An interposer'));
  const quoted = [...section.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => plain(code).trim());
  expect(quoted.length).toBe(2);
  for (const code of quoted) {
    expect(plain(stage)).toContain(code);
  }
  const links = [...page.matchAll(/\]\((?!http)([^)]+)\)/g)].map(([, path = '']) => path);
  expect(links.filter((path) => !existsSync(docs + path))).toEqual([]);
  expect(page).toContain(`contractVersion = ${CONTRACT_VERSION};`);
});
