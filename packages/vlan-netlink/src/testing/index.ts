export { enterFreshNamespace, type FreshNamespace, whyNoNamespaces } from './fresh-namespace.ts';
export { kernelLacks } from './kernel-lacks.ts';
