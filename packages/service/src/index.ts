export * from './configuration.ts';
export * from './ini.ts';
export * from './logger.ts';
export * from './logging-options.ts';
export * from './option.ts';
export * from './request-id.ts';
export * from './run-service.ts';
export * from './service-user.ts';
