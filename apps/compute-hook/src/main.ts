#!/usr/bin/env node
import { configurationFiles, createLogger, runService } from '@iorcl/service';
import { startComputeHook } from './compute-hook.ts';
import { loadConfiguration } from './configuration/configuration.ts';

let logger = createLogger({ name: 'compute-hook' });
await runService({
  // How to log is known only once the configuration has been read.
  logger: {
    ...logger,
    info: (message, facts) => logger.info(message, facts),
    error: (message, facts) => logger.error(message, facts),
  },
  start: async () => {
    const configuration = loadConfiguration(configurationFiles(process.argv.slice(2), '/etc/iorcl/compute-hook.conf'));
    const { log_format: format, log_level: level } = configuration.DEFAULT;
    logger = createLogger({ name: 'compute-hook', format, level });
    return await startComputeHook(configuration, logger);
  },
});
