import type * as z from 'zod';
import type { LogLevel } from './logger.ts';
import { type Option, option } from './option.ts';

/** How a service logs: options of `[DEFAULT]`. */
export interface Logging {
  readonly log_format: 'text' | 'json';
  readonly log_level: LogLevel;
}

/** Options of {@link Logging}, for `z.object()`. */
export const loggingOptions: {
  readonly log_format: z.ZodDefault<Option<Logging['log_format']>>;
  readonly log_level: z.ZodDefault<Option<LogLevel>>;
} = {
  log_format: option
    .choice(['text', 'json'])
    .default('text')
    .describe('Form of log lines, which go to standard error: text or json. A reload (SIGHUP) takes it over.'),
  log_level: option
    .choice(['debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('The least that is logged: debug, info, warn or error. A reload (SIGHUP) takes it over.'),
};
