export { enterFreshNamespace, type FreshNamespace, whyNoNamespaces } from './fresh-namespace.ts';
