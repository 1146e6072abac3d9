import { LossWatch } from '@iorcl/iohyp-driver';
import { exists } from '../import-directories.ts';

/** Notices at once when storage daemons end, for whoever wants to know. */
export class DaemonWatch {
  #watch: LossWatch | undefined;

  /** Calls `onEnd` whenever a daemon that is observed has ended. The answer ends that. */
  start(onEnd: (attachmentId: string) => void): () => void {
    const watch = new LossWatch(onEnd);
    this.#watch = watch;
    return () => {
      watch.stop();
      if (this.#watch === watch) this.#watch = undefined;
    };
  }

  /** A daemon that runs. One of an older hook has no such socket: its end is seen at the next look. */
  async observe(attachmentId: string, endSocket: string): Promise<void> {
    if (this.#watch !== undefined && (await exists(endSocket))) this.#watch.observe(attachmentId, endSocket);
  }
}
