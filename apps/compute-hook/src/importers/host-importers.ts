import type { ExportAccess } from '@iorcl/api';
import { type Importer, ImporterError, type Possibility, type Transport } from './contract.ts';

export interface HostImportersOptions {
  /** All that there are, best first. */
  readonly importers: readonly Importer[];
  /** The name of the one that makes new imports; `auto`: for each transport the first that is possible. */
  readonly kind: string;
  /** Those that are only taken when they are named. */
  readonly onlyByName?: readonly string[];
}

/** One importer, and why it makes new imports or does not. */
export interface ImporterVerdict {
  readonly name: string;
  /** Transports of exports for which it makes new imports. */
  readonly chosenFor: readonly Transport[];
  /** Why not; empty where it is chosen for all that it can import. */
  readonly why: string;
}

/**
 * The importers of this host: the one that makes new imports for each transport, and all others for what they made. An
 * import keeps the importer that made it, whatever is chosen now: Nova was told the place of its disk once.
 */
export class HostImporters {
  readonly verdicts: readonly ImporterVerdict[];
  readonly #importers: readonly Importer[];
  readonly #ready = new Set<string>();

  private constructor(importers: readonly Importer[], verdicts: readonly ImporterVerdict[]) {
    this.#importers = importers;
    this.verdicts = verdicts;
  }

  /**
   * Probes all importers, and chooses.
   *
   * @throws ImporterError `not_possible_here` when the named one is impossible, or all are
   */
  static async choose(options: HostImportersOptions): Promise<HostImporters> {
    const { importers, kind } = options;
    const probed: { readonly importer: Importer; readonly possibility: Possibility }[] = [];
    for (const importer of importers) probed.push({ importer, possibility: await importer.probe() });
    const named = probed.find(({ importer }) => importer.name === kind);
    if (named?.possibility.possible === false) {
      throw new ImporterError('not_possible_here', `${kind} is not possible on this host: ${named.possibility.why}`);
    }
    const taken = new Map<Transport, string>();
    const verdicts = probed.map(({ importer, possibility }): ImporterVerdict => {
      const { name, transports } = importer;
      const not = (why: string): ImporterVerdict => ({ name, chosenFor: [], why });
      if (!possibility.possible) return not(possibility.why);
      if (kind !== 'auto' && name !== kind) return not(`${kind} is configured`);
      if (kind === 'auto' && options.onlyByName?.includes(name) === true) return not('is only taken when it is named');
      const chosenFor = transports.filter((transport) => !taken.has(transport));
      const why = transports
        .filter((transport) => taken.has(transport))
        .map((transport) => `${taken.get(transport)} comes first for ${transport}`)
        .join(', ');
      for (const transport of chosenFor) taken.set(transport, name);
      return { name, chosenFor, why };
    });
    if (taken.size === 0) {
      const whys = verdicts.map(({ name, why }) => `${name}: ${why}`).join('; ');
      throw new ImporterError('not_possible_here', `no importer is possible on this host: ${whys}`);
    }
    return new HostImporters(importers, verdicts);
  }

  /** All importers, in the order in which what is left of an unknown one should be removed. */
  all(): readonly Importer[] {
    return this.#importers;
  }

  /**
   * The importer that makes a new import of this export.
   *
   * @throws ImporterError `not_possible_here` when there is none for its transport
   */
  forExport({ transport }: ExportAccess): Importer {
    const chosen = this.verdicts.find(({ chosenFor }) => chosenFor.includes(transport));
    if (chosen !== undefined) return this.byName(chosen.name);
    const whys = this.verdicts.map(({ name, why }) => `${name}: ${why || 'imports other transports'}`).join('; ');
    throw new ImporterError('not_possible_here', `no importer for an export by ${transport} on this host: ${whys}`);
  }

  /**
   * The importer of this name, as an import record has it.
   *
   * @throws ImporterError `not_possible_here` for a name that this hook does not know
   */
  byName(name: string): Importer {
    const importer = this.#importers.find((each) => each.name === name);
    if (importer !== undefined) return importer;
    const known = this.#importers.map((each) => each.name).join(', ');
    const message = `importer ${JSON.stringify(name)} is not known to this version of the hook, which has ${known}; install the version that made the import, or detach the volume with it`;
    throw new ImporterError('not_possible_here', message);
  }

  /**
   * The same, ready to import.
   *
   * @throws ImporterError `not_possible_here` with the reason. It is asked again each time, since the host may be set right
   */
  async ready(name: string): Promise<Importer> {
    const importer = this.byName(name);
    if (this.#ready.has(name)) return importer;
    const possibility = await importer.probe();
    if (!possibility.possible) {
      const message = `importer ${name}, which made this import, is not possible on this host now: ${possibility.why}`;
      throw new ImporterError('not_possible_here', message);
    }
    await importer.prepare();
    this.#ready.add(name);
    return importer;
  }
}
