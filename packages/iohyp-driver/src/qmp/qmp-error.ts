/**
 * - `connect_failed`: nobody listens on the socket
 * - `protocol`: what came is not QMP
 * - `command_failed`: the daemon answered with an error, see `qmpClass`
 * - `closed`: the connection ended before the answer came; the daemon may have died
 * - `timeout`, `aborted`: no answer in time, or the caller gave up; whether the command is carried out is unknown
 */
export type QmpErrorCode = 'connect_failed' | 'protocol' | 'command_failed' | 'closed' | 'timeout' | 'aborted';

export interface QmpErrorFacts {
  readonly cause?: unknown;
  /** QMP command that failed. */
  readonly command?: string;
  /** `error.class` of the daemon's answer: `GenericError`, `CommandNotFound`, `DeviceNotFound`, … */
  readonly qmpClass?: string;
  /** `error.desc` of the daemon's answer. */
  readonly description?: string;
}

/** A QMP conversation that went wrong. */
export class QmpError extends Error {
  override readonly name = 'QmpError';
  readonly code: QmpErrorCode;
  readonly retryable: boolean;
  readonly command: string | undefined;
  readonly qmpClass: string | undefined;
  readonly description: string | undefined;

  constructor(code: QmpErrorCode, message: string, facts: QmpErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.retryable = code === 'connect_failed' || code === 'closed' || code === 'timeout';
    this.command = facts.command;
    this.qmpClass = facts.qmpClass;
    this.description = facts.description;
  }

  /** The same failure, with what it is about in front of its message. */
  about(subject: string): QmpError {
    const { command, qmpClass, description } = this;
    return new QmpError(this.code, `${subject}: ${this.message}`, {
      cause: this,
      ...(command === undefined ? {} : { command }),
      ...(qmpClass === undefined ? {} : { qmpClass }),
      ...(description === undefined ? {} : { description }),
    });
  }
}
