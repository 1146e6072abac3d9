export { FakeKernel, type FakeKernelOptions, type FakeRefusal } from './fake-kernel/fake-kernel.ts';
export type { FakeNamespace } from './fake-kernel/fake-namespace.ts';
export { enterFreshNamespace, type FreshNamespace, whyNoNamespaces } from './fresh-namespace.ts';
export { kernelLacks } from './kernel-lacks.ts';
