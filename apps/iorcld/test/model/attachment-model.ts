import { type StepName, stepNames } from '../../src/attachment/record.ts';

/**
 * A small model of attachments, to be checked exhaustively: one volume, and two attachments of it, which may both exist
 * only during a live migration. It has what matters for safety - the journal, Cinder, the opened volume, the export, the
 * rights, who is connected - and everything that can happen between any two atomic actions: crashes, failures, lost
 * answers, a data plane that dies.
 *
 * A multiattach volume needs no more: other instances' attachments of it share nothing here, so each instance is a model of
 * its own.
 *
 * The steps are iorcld's own, in their order; those that change nothing that the properties speak of are left out.
 */
const steps: readonly StepName[] = stepNames.filter((name) => ['open', 'export', 'grant'].includes(name));

export const ids = ['A', 'B'] as const;
export type Id = (typeof ids)[number];

/** `doing`, `done`, `undoing` as the journal has them; `none`: never begun, or undone. */
type Mark = 'none' | 'doing' | 'done' | 'undoing';

interface Journalled {
  readonly intent: 'none' | 'attach' | 'detach';
  readonly marks: readonly Mark[];
}

/** What iorcld does right now: it works on one attachment of an instance at a time. */
interface Work {
  readonly id: Id;
  readonly verb: 'do' | 'undo' | 'ensure';
  readonly step: number;
  /** Before the mark in the journal, before the effect, before the second mark. */
  readonly at: 'begin' | 'effect' | 'end';
}

/** What Nova knows of an attachment. */
type NovaView = 'unused' | 'reserved' | 'asked' | 'attached' | 'failed' | 'removing' | 'removed' | 'deleted';

export interface State {
  readonly journal: Readonly<Record<Id, Journalled>>;
  readonly nova: Readonly<Record<Id, NovaView>>;
  readonly migrating: boolean;
  readonly open: boolean;
  readonly exported: boolean;
  readonly granted: Readonly<Record<Id, boolean>>;
  /** A client stays connected until its export ends, also without a right. */
  readonly connected: Readonly<Record<Id, boolean>>;
  readonly alive: boolean;
  readonly adopting: readonly Id[];
  readonly work: Work | null;
}

/** Ways to break iorcld, to see that the properties notice. */
export interface Mistakes {
  /** Whoever leaves keeps its connection. */
  readonly noCut?: boolean;
  /** A second attachment is taken at any time. */
  readonly noMigrationRule?: boolean;
  /** Nova is told before the undoing has ended. */
  readonly answerEarly?: boolean;
  /** A crash forgets what was begun. */
  readonly noJournal?: boolean;
}

const fresh: Journalled = { intent: 'none', marks: steps.map(() => 'none') };

export const initial: State = {
  journal: { A: fresh, B: fresh },
  nova: { A: 'unused', B: 'unused' },
  migrating: false,
  open: false,
  exported: false,
  granted: { A: false, B: false },
  connected: { A: false, B: false },
  alive: true,
  adopting: [],
  work: null,
};

const other = (id: Id): Id => (id === 'A' ? 'B' : 'A');
const last = steps.length - 1;
const nobody = { A: false, B: false } as const;

/** One atomic action. `fair`: it happens by itself, sooner or later, where nothing goes wrong. */
export interface Action {
  readonly name: string;
  readonly fair: boolean;
  readonly next: State;
}

/** Everything that can happen next. */
export function* actions(state: State, mistakes: Mistakes = {}): Generator<Action> {
  yield* novaActions(state, mistakes);
  yield* accidents(state, mistakes);
  if (!state.alive) {
    const adopting = ids.filter((id) => state.journal[id].intent !== 'none');
    yield { name: 'start', fair: true, next: { ...state, alive: true, adopting } };
    return;
  }
  if (state.work !== null) yield* workActions(state, state.work, mistakes);
  else yield* idleActions(state);
}

function* novaActions(state: State, mistakes: Mistakes): Generator<Action> {
  for (const id of ids) {
    const view = state.nova[id];
    const become = (now: NovaView, change: Partial<State> = {}): State => ({
      ...state,
      ...change,
      nova: { ...state.nova, [id]: now },
    });
    const rest = state.nova[other(id)];
    if (view === 'unused' && (rest === 'unused' || rest === 'deleted' || rest === 'attached')) {
      yield { name: `Nova reserves ${id}`, fair: false, next: become('reserved') };
    }
    const free = state.alive && state.work === null && !state.adopting.includes(id);
    const single = state.journal[other(id)].intent === 'none' || mistakes.noMigrationRule === true;
    const handOver = state.migrating && isAttached(state.journal[other(id)]);
    if (view === 'reserved' && free && (single || handOver)) {
      const journal = { ...state.journal, [id]: { ...fresh, intent: 'attach' } } as const;
      const work = { id, verb: 'do', step: 0, at: 'begin' } as const;
      yield { name: `Nova attaches ${id}`, fair: false, next: become('asked', { journal, work }) };
    }
    if (view === 'reserved') yield { name: `Nova gives ${id} up`, fair: false, next: become('failed') };
    if (view === 'attached') yield { name: `Nova detaches ${id}`, fair: false, next: become('removing') };
    if (view === 'failed') yield { name: `Nova rolls ${id} back`, fair: true, next: become('removing') };
    if (view === 'removing' && free) {
      if (state.journal[id].intent === 'none') {
        yield { name: `iorcld has no ${id}`, fair: true, next: become('removed') };
      } else {
        const journal = { ...state.journal, [id]: { ...state.journal[id], intent: 'detach' } } as const;
        const work = { id, verb: 'undo', step: last, at: 'begin' } as const;
        const now = mistakes.answerEarly === true ? 'removed' : 'removing';
        yield { name: `iorcld removes ${id}`, fair: true, next: become(now, { journal, work }) };
      }
    }
    if (view === 'removed') yield { name: `Nova deletes ${id} in Cinder`, fair: true, next: become('deleted') };
    if (state.exported && state.granted[id] && !state.connected[id]) {
      const connected = { ...state.connected, [id]: true };
      yield { name: `the host of ${id} connects`, fair: false, next: { ...state, connected } };
    }
  }
  if (!state.migrating && ids.some((id) => state.nova[id] === 'attached')) {
    yield { name: 'a migration begins', fair: false, next: { ...state, migrating: true } };
  }
  // Nova ends a migration when one of the two is gone.
  const two = ids.every((id) => state.journal[id].intent !== 'none');
  if (state.migrating && !two) yield { name: 'a migration ends', fair: true, next: { ...state, migrating: false } };
}

function* accidents(state: State, mistakes: Mistakes): Generator<Action> {
  if (state.open) {
    const gone = { open: false, exported: false, granted: nobody, connected: nobody };
    yield { name: 'the data plane dies', fair: false, next: { ...state, ...gone } };
  }
  if (!state.alive) return;
  const nova = { ...state.nova };
  for (const id of ids) if (nova[id] === 'asked') nova[id] = 'failed';
  const journal = mistakes.noJournal === true ? { A: fresh, B: fresh } : state.journal;
  yield {
    name: 'iorcld crashes',
    fair: false,
    next: { ...state, nova, journal, alive: false, adopting: [], work: null },
  };
}

/** Adoption after a start, and later what the reconciler finds. */
function* idleActions(state: State): Generator<Action> {
  for (const id of ids) {
    const { intent } = state.journal[id];
    const adopting = state.adopting.filter((one) => one !== id);
    const unfinished = intent === 'detach' || (intent === 'attach' && !isAttached(state.journal[id]));
    if (unfinished) {
      const journal = { ...state.journal, [id]: { ...state.journal[id], intent: 'detach' } } as const;
      const work = { id, verb: 'undo', step: last, at: 'begin' } as const;
      yield { name: `iorcld goes on undoing ${id}`, fair: true, next: { ...state, journal, adopting, work } };
    } else if (intent === 'attach' && (state.adopting.includes(id) || !holds(state, id))) {
      const work = { id, verb: 'ensure', step: 0, at: 'begin' } as const;
      yield { name: `iorcld repairs ${id}`, fair: true, next: { ...state, adopting, work } };
    } else if (state.adopting.includes(id)) {
      yield { name: `nothing is left of ${id}`, fair: true, next: { ...state, adopting } };
    }
  }
}

function* workActions(state: State, work: Work, mistakes: Mistakes): Generator<Action> {
  const { id, verb, step, at } = work;
  const name = `${verb} ${steps[step]} of ${id}`;
  const { marks } = state.journal[id];
  const mark = (now: Mark): Pick<State, 'journal'> => ({
    journal: { ...state.journal, [id]: { ...state.journal[id], marks: marks.with(step, now) } },
  });
  const forward = verb !== 'undo';
  if (forward && step > last) {
    const nova = state.nova[id] === 'asked' ? ({ ...state.nova, [id]: 'attached' } as const) : state.nova;
    yield { name: `${id} is attached`, fair: true, next: { ...state, nova, work: null } };
    return;
  }
  if (!forward && step < 0) {
    const asked = state.nova[id] === 'removing';
    const failed = state.nova[id] === 'asked';
    const nova = {
      ...state.nova,
      ...(asked ? { [id]: 'removed' } : {}),
      ...(failed ? { [id]: 'failed' } : {}),
    } as const;
    const journal = { ...state.journal, [id]: fresh };
    yield { name: `${id} is undone`, fair: true, next: { ...state, nova, journal, work: null } };
    return;
  }
  const skip = { ...work, step: forward ? step + 1 : step - 1, at: 'begin' } as const;
  if (at === 'begin') {
    const unneeded = verb === 'undo' ? marks[step] === 'none' : verb === 'ensure' && stepHolds(state, id, step);
    if (unneeded) yield { name: `${name}: not needed`, fair: true, next: { ...state, work: skip } };
    else {
      const next = { ...state, ...mark(forward ? 'doing' : 'undoing'), work: { ...work, at: 'effect' } as const };
      yield { name: `${name}: journalled`, fair: true, next };
    }
    return;
  }
  if (at === 'end') {
    yield {
      name: `${name}: journalled again`,
      fair: true,
      next: { ...state, ...mark(forward ? 'done' : 'none'), work: skip },
    };
    return;
  }
  const done = effect(state, id, step, forward, mistakes);
  if (done !== undefined) {
    yield { name, fair: true, next: { ...done, work: { ...work, at: 'end' } } };
    yield { name: `${name}: answer lost`, fair: false, next: given(done, work) };
  }
  yield { name: `${name}: fails`, fair: done === undefined, next: given(state, work) };
}

/** After a failure: an attach is undone, anything else is left for later. */
function given(state: State, { id, verb }: Work): State {
  if (verb !== 'do') return { ...state, work: null };
  const journal = { ...state.journal, [id]: { ...state.journal[id], intent: 'detach' } } as const;
  return { ...state, journal, work: { id, verb: 'undo', step: last, at: 'begin' } };
}

/** What a step changes; undefined: it can't be done now. */
function effect(state: State, id: Id, step: number, forward: boolean, mistakes: Mistakes): State | undefined {
  const shared = uses(state.journal[other(id)]);
  const name: StepName | undefined = steps[step];
  if (forward) {
    if (name === 'open') return { ...state, open: true };
    if (name === 'export') return state.open ? { ...state, exported: true } : undefined;
    if (name === 'grant') return state.open ? { ...state, granted: { ...state.granted, [id]: true } } : undefined;
    return state;
  }
  if (name === 'open') return shared ? state : closed(state);
  if (name === 'export') return shared ? state : { ...state, exported: false, connected: nobody };
  if (name === 'grant') {
    const granted = { ...state.granted, [id]: false };
    return { ...state, granted, connected: mistakes.noCut === true || !shared ? state.connected : nobody };
  }
  return state;
}

function closed(state: State): State {
  return { ...state, open: false, exported: false, granted: nobody, connected: nobody };
}

function uses({ marks }: Journalled): boolean {
  return marks[steps.indexOf('open')] !== 'none';
}

function isAttached({ intent, marks }: Journalled): boolean {
  return intent === 'attach' && marks.every((mark) => mark === 'done' || mark === 'doing');
}

function stepHolds(state: State, id: Id, step: number): boolean {
  const name = steps[step];
  if (name === 'open') return state.open;
  if (name === 'export') return state.exported;
  if (name === 'grant') return state.granted[id];
  return true;
}

function holds(state: State, id: Id): boolean {
  return steps.every((_, step) => stepHolds(state, id, step));
}

/** The safety properties: what must hold in every state that can be reached. */
export const properties: Readonly<Record<string, (state: State) => boolean>> = {
  'H17: two hosts have a right only while both attachments are journalled': ({ granted, journal }) =>
    !(granted.A && granted.B) || ids.every((id) => journal[id].intent !== 'none'),
  'H17: two attachments are journalled only for a migration': ({ journal, migrating }) =>
    ids.some((id) => journal[id].intent === 'none') || migrating,
  'H8: what Nova has deleted in Cinder has no right, and no connection': ({ nova, granted, connected }) =>
    ids.every((id) => nova[id] !== 'deleted' || (!granted[id] && !connected[id])),
  'H8: once Nova has deleted all, nothing is open': ({ nova, open, exported }) =>
    ids.some((id) => nova[id] !== 'deleted' && nova[id] !== 'unused' && nova[id] !== 'reserved') ||
    !(open || exported) ||
    ids.every((id) => nova[id] !== 'deleted'),
  'whoever is connected is connected to an export of an open volume': ({ connected, exported, open }) =>
    !(connected.A || connected.B) || (exported && open),
  'whatever is open is journalled': ({ open, journal }) => !open || ids.some((id) => uses(journal[id])),
};

/** Where every intent has ended: attached and whole, or gone. */
export function isSettled(state: State): boolean {
  return (
    state.alive &&
    state.work === null &&
    state.adopting.length === 0 &&
    ids.every((id) => {
      const { intent } = state.journal[id];
      return intent === 'none' || (isAttached(state.journal[id]) && holds(state, id));
    })
  );
}
