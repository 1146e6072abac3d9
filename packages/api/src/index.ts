export * from './attachment.ts';
export * from './client.ts';
export * from './error.ts';
export * from './host.ts';
