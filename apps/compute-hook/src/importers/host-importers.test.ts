import { describe, expect, it } from 'vitest';
import { Events, PretendedImporter } from '../../test/hook-bench.ts';
import { importRecord } from '../../test/import-record.ts';
import type { Possibility } from './contract.ts';
import { HostImporters } from './host-importers.ts';

const { access } = importRecord('f3ed21e8-c30b-461e-b284-e3783d6920ba');

/** An importer of some name, possible or not. */
class Some extends PretendedImporter {
  override readonly name: string;
  possibility: Possibility;
  prepared = 0;

  constructor(name: string, why?: string) {
    super(new Events());
    this.name = name;
    this.possibility = why === undefined ? { possible: true } : { possible: false, why };
  }

  override async probe(): Promise<Possibility> {
    return this.possibility;
  }

  override async prepare(): Promise<void> {
    this.prepared++;
  }
}

describe('which importer imports', () => {
  it('auto: the best that is possible, and each other has its reason', async () => {
    const all = [new Some('best', 'the kernel has no nbd'), new Some('good'), new Some('special'), new Some('slow')];
    const importers = await HostImporters.choose({ importers: all, kind: 'auto', onlyByName: ['special'] });
    expect(importers.forExport(access).name).toBe('good');
    expect(importers.verdicts).toEqual([
      { name: 'best', chosenFor: [], why: 'the kernel has no nbd' },
      { name: 'good', chosenFor: ['nbd'], why: '' },
      { name: 'special', chosenFor: [], why: 'is only taken when it is named' },
      { name: 'slow', chosenFor: [], why: 'good comes first for nbd' },
    ]);
  });

  it('the one that is named, also where a better one is possible', async () => {
    const importers = await HostImporters.choose({ importers: [new Some('best'), new Some('slow')], kind: 'slow' });
    expect(importers.forExport(access).name).toBe('slow');
    expect(importers.verdicts[0]).toEqual({ name: 'best', chosenFor: [], why: 'slow is configured' });
  });

  it('one that is named and impossible is an error with the reason: no other takes its place', async () => {
    const all = [new Some('best', 'the kernel has no nbd'), new Some('slow')];
    await expect(HostImporters.choose({ importers: all, kind: 'best' })).rejects.toMatchObject({
      code: 'not_possible_here',
      message: 'best is not possible on this host: the kernel has no nbd',
    });
  });

  it('auto, and none is possible: an error with the reason of each', async () => {
    const all = [new Some('best', 'the kernel has no nbd'), new Some('slow', 'no FUSE')];
    await expect(HostImporters.choose({ importers: all, kind: 'auto' })).rejects.toThrow(
      'best: the kernel has no nbd; slow: no FUSE',
    );
  });

  it('what is on record is kept by the importer that made it, which is made ready once', async () => {
    const old = new Some('old');
    const importers = await HostImporters.choose({ importers: [new Some('new'), old], kind: 'new' });
    expect(await importers.ready('old')).toBe(old);
    await importers.ready('old');
    expect(old.prepared).toBe(1);
  });

  it('on record by one that has become impossible: an error with the reason, until the host is set right', async () => {
    const old = new Some('old', 'the module is not loaded');
    const importers = await HostImporters.choose({ importers: [new Some('new'), old], kind: 'auto' });
    await expect(importers.ready('old')).rejects.toThrow('the module is not loaded');
    old.possibility = { possible: true };
    expect(await importers.ready('old')).toBe(old);
  });

  it('on record by one that this version does not know: an error with its name', async () => {
    const importers = await HostImporters.choose({ importers: [new Some('new')], kind: 'auto' });
    expect(() => importers.byName('future')).toThrow('"future" is not known to this version of the hook');
  });
});
