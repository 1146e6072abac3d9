export * from './loopback-listener.ts';
