#!/usr/bin/env node
import { configurationFiles, createLogger, type Logger, runService } from '@iorcl/service';
import { loadConfiguration } from './configuration/configuration.ts';
import { startDaemon } from './daemon.ts';

// How to log is known only once the configuration has been read.
let logger: Logger = createLogger({ name: 'iorcld' });

await runService({
  logger: {
    debug: (...line) => logger.debug(...line),
    info: (...line) => logger.info(...line),
    warn: (...line) => logger.warn(...line),
    error: (...line) => logger.error(...line),
    with: (facts) => logger.with(facts),
  },
  start: async () => {
    const configuration = loadConfiguration(configurationFiles(process.argv.slice(2), '/etc/iorcl/iorcl.conf'));
    const { log_format: format, log_level: level } = configuration.DEFAULT;
    logger = createLogger({ name: 'iorcld', format, level });
    return startDaemon(configuration, logger);
  },
});
