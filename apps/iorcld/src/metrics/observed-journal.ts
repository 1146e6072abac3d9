import { type Journal, JournalError, type JournalErrorCode } from '../journal/journal.ts';

/** A journal that tells of each of its failures before it throws it. That there is no free port is not one. */
export function observedJournal<J extends Journal>(journal: J, onFailure: (code: JournalErrorCode) => void): J {
  return new Proxy(journal, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        try {
          return Reflect.apply(member, target, args);
        } catch (error) {
          if (error instanceof JournalError && error.code !== 'no_port') onFailure(error.code);
          throw error;
        }
      };
    },
  });
}
