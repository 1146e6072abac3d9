#!/usr/bin/env -S node --optimize-for-size --max-semi-space-size=4
import { configurationFiles, createLogger, runService } from '@iorcl/service';
import { loadConfiguration, sampleOfConfiguration } from './configuration/configuration.ts';
import { startDaemon } from './daemon.ts';
import { version } from './process/version.ts';

// The flags above keep V8 from holding on to memory that a burst of requests once took.
const HELP = `usage: iorcld [--config-file FILE]... [--config-dir DIRECTORY]...

  --config-file FILE       read this file; later ones win; default /etc/iorcl/iorcl.conf
  --config-dir DIRECTORY   read its *.conf in order of their names, after those
  --sample-config          print a configuration file with every option, its help and its default
  --version, --help
`;

const words = process.argv.slice(2);
if (words.includes('--help')) process.stdout.write(HELP);
else if (words.includes('--version')) process.stdout.write(`iorcld ${version()}\n`);
else if (words.includes('--sample-config')) process.stdout.write(sampleOfConfiguration());
else {
  const logger = createLogger({ name: 'iorcld' });
  await runService({
    logger,
    start: async (control) => {
      const reread = (): ReturnType<typeof loadConfiguration> =>
        loadConfiguration(configurationFiles(words, '/etc/iorcl/iorcl.conf'));
      const configuration = reread();
      const { log_format: format, log_level: level } = configuration.DEFAULT;
      logger.configure({ format, level });
      return startDaemon({ configuration, reread, logger, control });
    },
  });
}
