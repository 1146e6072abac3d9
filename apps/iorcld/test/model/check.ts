import { type Action, actions, initial, isSettled, type Mistakes, properties, type State } from './attachment-model.ts';

export interface Checked {
  readonly states: number;
  readonly steps: number;
  /** The shortest way to a state where a property doesn't hold. */
  readonly violation?: { readonly property: string; readonly trace: readonly string[] };
  /** A state from which intents can't end although nothing goes wrong any more. */
  readonly stuck?: { readonly trace: readonly string[] };
}

interface Node {
  readonly state: State;
  readonly from: string | undefined;
  readonly by: string;
  /** By fair actions. */
  readonly successors: string[];
}

const keyOf = (state: State): string => JSON.stringify(state);

/** Visits every state that can be reached, shortest ways first. */
export function check(mistakes: Mistakes = {}): Checked {
  const nodes = new Map<string, Node>();
  const queue = [keyOf(initial)];
  nodes.set(keyOf(initial), { state: initial, from: undefined, by: 'at first', successors: [] });
  let steps = 0;
  for (const key of queue) {
    const node = nodes.get(key);
    if (node === undefined) continue;
    for (const [property, holds] of Object.entries(properties)) {
      if (!holds(node.state)) return { states: nodes.size, steps, violation: { property, trace: traceTo(nodes, key) } };
    }
    for (const action of actions(node.state, mistakes)) {
      steps++;
      const next = keyOf(action.next);
      if (action.fair) node.successors.push(next);
      if (nodes.has(next)) continue;
      nodes.set(next, { state: action.next, from: key, by: nameOf(action), successors: [] });
      queue.push(next);
    }
  }
  const stuck = stuckState(nodes);
  return { states: nodes.size, steps, ...(stuck === undefined ? {} : { stuck: { trace: traceTo(nodes, stuck) } }) };
}

/** One from which no way of fair actions leads to a settled state. */
function stuckState(nodes: ReadonlyMap<string, Node>): string | undefined {
  const before = new Map<string, string[]>();
  for (const [key, { successors }] of nodes) {
    for (const next of successors) before.set(next, [...(before.get(next) ?? []), key]);
  }
  const good = [...nodes].filter(([, { state }]) => isSettled(state)).map(([key]) => key);
  const reached = new Set(good);
  for (const key of good) {
    for (const previous of before.get(key) ?? []) {
      if (reached.has(previous)) continue;
      reached.add(previous);
      good.push(previous);
    }
  }
  return [...nodes.keys()].find((key) => !reached.has(key));
}

function traceTo(nodes: ReadonlyMap<string, Node>, key: string): readonly string[] {
  const trace: string[] = [];
  for (let at: string | undefined = key; at !== undefined; at = nodes.get(at)?.from) {
    trace.unshift(nodes.get(at)?.by ?? '?');
  }
  return trace;
}

function nameOf({ name }: Action): string {
  return name;
}
