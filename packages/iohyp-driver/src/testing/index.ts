export * from './conformance/describe-driver-conformance.ts';
export * from './conformance/harness.ts';
export * from './loopback-listener.ts';
