export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Facts of a log line, for example `requestId`, `instanceId`, `attachmentId`. Never a secret. */
export type LogFacts = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, facts?: LogFacts): void;
  info(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  error(message: string, facts?: LogFacts): void;
  /** A logger whose lines all carry these facts. */
  with(facts: LogFacts): Logger;
}

export interface LoggerOptions {
  /** Name of the program or part, as in `iorcld.reconciler`. */
  readonly name: string;
  readonly format?: 'text' | 'json';
  /** The least level that is written. Default `info`. */
  readonly level?: LogLevel;
  /** Where whole lines go, newline included. Default standard error. */
  readonly write?: (line: string) => void;
}

const ORDER: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const OSLO_NAME: Readonly<Record<LogLevel, string>> = { debug: 'DEBUG', info: 'INFO', warn: 'WARNING', error: 'ERROR' };

/** A logger whose form and least level may change while it is used; also for those made of it by `with`. */
export interface RootLogger extends Logger {
  configure(change: { readonly format?: 'text' | 'json'; readonly level?: LogLevel }): void;
}

/**
 * A logger that writes one line per event, as text in oslo.log's order (time, pid, level, logger, `[request id]`, message,
 * facts) or as JSON.
 */
export function createLogger(options: LoggerOptions): RootLogger {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  let least = ORDER[options.level ?? 'info'];
  let format = options.format === 'json' ? jsonLine : textLine;
  const make = (bound: LogFacts): Logger => {
    const log = (level: LogLevel, message: string, facts: LogFacts = {}): void => {
      if (ORDER[level] >= least) write(`${format(options.name, level, message, { ...bound, ...facts })}\n`);
    };
    return {
      debug: (message, facts) => log('debug', message, facts),
      info: (message, facts) => log('info', message, facts),
      warn: (message, facts) => log('warn', message, facts),
      error: (message, facts) => log('error', message, facts),
      with: (facts) => make({ ...bound, ...facts }),
    };
  };
  return {
    ...make({}),
    configure: (change) => {
      if (change.level !== undefined) least = ORDER[change.level];
      if (change.format !== undefined) format = change.format === 'json' ? jsonLine : textLine;
    },
  };
}

function textLine(name: string, level: LogLevel, message: string, facts: LogFacts): string {
  const { requestId, ...rest } = facts;
  const time = new Date().toISOString().replace('T', ' ').replace('Z', '');
  const words = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${plain(value)}`);
  const head = `${time} ${process.pid} ${OSLO_NAME[level]} ${name} [${typeof requestId === 'string' ? requestId : '-'}]`;
  return [head, oneLine(message), ...words].join(' ');
}

function jsonLine(name: string, level: LogLevel, message: string, facts: LogFacts): string {
  const rest = Object.fromEntries(
    Object.entries(facts).map(([key, value]) => [key, value instanceof Error ? describeError(value) : value]),
  );
  return JSON.stringify({ time: new Date().toISOString(), pid: process.pid, level, logger: name, message, ...rest });
}

function plain(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(describeError(value));
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return /^[\w.:/@%+-]+$/.test(text) ? text : JSON.stringify(text);
}

/** Message and causes of an error, in one line. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `; caused by: ${describeError(error.cause)}`;
  return oneLine(`${error.message}${cause}`);
}

/** A line break in a message would let a caller forge log lines. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\t]+\s*/g, ' ');
}
