#!/usr/bin/env node
import { configurationFiles, createLogger, runService } from '@iorcl/service';
import { startComputeHook } from './compute-hook.ts';
import { loadConfiguration, sampleOfConfiguration } from './configuration/configuration.ts';
import { version } from './version.ts';

const HELP = `usage: iorcl-compute-hook [--config-file FILE]... [--config-dir DIRECTORY]...

  --config-file FILE       read this file; later ones win; default /etc/iorcl/compute-hook.conf
  --config-dir DIRECTORY   read its *.conf in order of their names, after those
  --sample-config          print a configuration file with every option, its help and its default
  --version, --help
`;

const words = process.argv.slice(2);
if (words.includes('--help')) process.stdout.write(HELP);
else if (words.includes('--version')) process.stdout.write(`iorcl-compute-hook ${version()}\n`);
else if (words.includes('--sample-config')) process.stdout.write(sampleOfConfiguration());
else {
  const logger = createLogger({ name: 'compute-hook' });
  const read = (): ReturnType<typeof loadConfiguration> => {
    const configuration = loadConfiguration(configurationFiles(words, '/etc/iorcl/compute-hook.conf'));
    const { log_format: format, log_level: level } = configuration.DEFAULT;
    logger.configure({ format, level });
    return configuration;
  };
  await runService({
    logger,
    start: async () => {
      const hook = await startComputeHook(read(), logger);
      return {
        stop: () => hook.stop(),
        checkAlive: () => hook.checkAlive?.(),
        // How to log is what can change without a new start.
        reload: async () => void read(),
      };
    },
  });
}
