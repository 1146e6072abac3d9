import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import * as z from 'zod';

const answerSchema = z.object({
  id: z.number(),
  error: z.string().optional(),
  status: z.number().optional(),
  stdout: z.string().optional(),
  stderr: z.string().optional(),
});
type Answer = z.infer<typeof answerSchema>;

/** Shells inside the cloud's guests, by their serial consoles. */
export class Guests {
  readonly #service: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  /** Server id -> its guest's boot id. */
  readonly #boots = new Map<string, string>();
  #last = 0;

  /** @param command the testbed's `guest` */
  constructor(command: string) {
    this.#service = spawn(command, ['serve'], { stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#service.stdout === null) throw new Error(`${command} has no output`);
    createInterface(this.#service.stdout).on('line', (line) => {
      const answer = answerSchema.parse(JSON.parse(line));
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    this.#service.on('exit', (status) => {
      for (const [id, answer] of this.#waiting) answer({ id, error: `guest serve ended with ${status}` });
      this.#waiting.clear();
    });
  }

  /** Waits until the guest has booted for the first time. */
  async ready(serverId: string): Promise<void> {
    await this.#ask({ server: serverId, timeout: 120 });
    this.#boots.set(serverId, await this.#boot(serverId));
  }

  /** Waits until the guest has booted once more since the last such look. */
  async booted(serverId: string): Promise<void> {
    const before = this.#boots.get(serverId);
    const deadline = Date.now() + 120_000;
    for (;;) {
      // The console is another one now, and whoever asks too early is told that the old one is gone.
      const boot = await this.#boot(serverId).catch((cause: unknown) => {
        if (Date.now() > deadline) throw cause;
        return before;
      });
      if (boot !== before) {
        this.#boots.set(serverId, boot ?? '');
        return;
      }
      if (Date.now() > deadline) throw new Error(`the guest of ${serverId} has not booted again`);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  #boot(serverId: string): Promise<string> {
    return this.run(serverId, 'cat /proc/sys/kernel/random/boot_id', { timeoutSeconds: 20 });
  }

  /** Runs a shell script and answers its output. */
  async run(serverId: string, script: string, { timeoutSeconds = 60 } = {}): Promise<string> {
    const answer = await this.#ask({ server: serverId, script, timeout: timeoutSeconds });
    if (answer.status !== 0) {
      throw new Error(`in the guest of ${serverId}: exit status ${answer.status}: ${answer.stderr}\n${script}`);
    }
    return answer.stdout ?? '';
  }

  async close(): Promise<void> {
    if (this.#service.exitCode !== null) return;
    const ended = once(this.#service, 'exit');
    this.#service.kill('SIGTERM');
    await ended;
  }

  async #ask(request: { server: string; script?: string; timeout: number }): Promise<Answer> {
    this.#last++;
    const id = this.#last;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#waiting.set(id, resolve);
    this.#service.stdin?.write(`${JSON.stringify({ id, ...request })}\n`);
    const answer = await promise;
    if (answer.error !== undefined) throw new Error(`the guest of ${request.server} can't be asked: ${answer.error}`);
    return answer;
  }
}
