import { DriverError } from '@iorcl/iohyp-driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness, type Reservation } from '../../test/harness.ts';
import { type StepName, stepNames } from './record.ts';
import type { Step } from './step.ts';

let harness: Harness;
let reservation: Reservation;

beforeEach(() => {
  harness = new Harness();
  reservation = harness.reserveOne();
});
afterEach(() => harness.end());

/** The real steps, one of them changed. */
function changing(name: StepName, change: (step: Step) => Partial<Step>): (steps: readonly Step[]) => readonly Step[] {
  return (steps) => steps.map((step) => (step.name === name ? { ...step, ...change(step) } : step));
}

const fails = async (): Promise<never> => {
  throw new Error('no such luck');
};
const hangs = (): Promise<never> => new Promise(() => {});

const attach = (steps: (steps: readonly Step[]) => readonly Step[]) => {
  const life = harness.start({ steps });
  const { attachmentId } = reservation;
  return { ...life, outcome: life.attachments.create({ attachmentId, computeHost: 'compute-1' }) };
};

describe.each(stepNames)('step %s', (name) => {
  it('H7, H10: a failure reaches the caller with the step’s name and its reason, and leaves nothing', async () => {
    const { attachments, outcome } = attach(changing(name, () => ({ do: fails })));
    await expect(outcome).rejects.toMatchObject({
      code: 'step_failed',
      message: expect.stringMatching(new RegExp(`^${name} failed for volume .*no such luck.*undone`)),
    });
    expect(harness.leftovers()).toEqual([]);
    expect(attachments.list()).toEqual([]);
  });

  it('H10: a failure after its effect leaves nothing, too', async () => {
    const { outcome } = attach(changing(name, (step) => ({ do: (context) => step.do(context).then(fails) })));
    await expect(outcome).rejects.toMatchObject({ code: 'step_failed' });
    expect(harness.leftovers()).toEqual([]);
  });

  it('H7, H10: an effect that can’t be verified is undone', async () => {
    const verify: Step['verify'] = async (_, expected) => (expected === 'done' ? ['it is not there'] : []);
    const { outcome } = attach(changing(name, () => ({ verify })));
    await expect(outcome).rejects.toMatchObject({ message: expect.stringContaining('it is not there') });
    expect(harness.leftovers()).toEqual([]);
  });

  it('H6: one that hangs, deaf to its signal, is given up after its timeout and undone', async () => {
    const { outcome } = attach(changing(name, () => ({ do: hangs, timeoutMs: 10 })));
    await expect(outcome).rejects.toMatchObject({ message: expect.stringContaining('did not finish within 10 ms') });
    expect(harness.leftovers()).toEqual([]);
  });

  it('H11: when its undo fails, what stands below it stays, the attachment is in error, and a repeated delete finishes', async () => {
    const { attachments, outcome } = attach(changing(name, () => ({ undo: fails, do: fails })));
    await expect(outcome).rejects.toMatchObject({ code: 'cleanup_failed' });
    expect(attachments.show(reservation.attachmentId)).toMatchObject({
      status: 'error',
      fault: { code: 'cleanup_failed', message: expect.stringContaining(`undo of ${name} failed`) },
    });

    const next = harness.start();
    await next.attachments.remove(reservation.attachmentId);
    expect(harness.leftovers()).toEqual([]);
    expect(next.attachments.list()).toEqual([]);
  });

  it('H8: a detach whose undo fails is never reported gone, stays in error, and a repeated delete finishes', async () => {
    let broken = true;
    const undo: (step: Step) => Step['undo'] = (step) => (context) => (broken ? fails() : step.undo(context));
    const { attachments, outcome } = attach(changing(name, (step) => ({ undo: undo(step) })));
    await outcome;
    await expect(attachments.remove(reservation.attachmentId)).rejects.toMatchObject({ code: 'cleanup_failed' });
    expect(attachments.show(reservation.attachmentId).status).toBe('error');
    await expect(
      attachments.create({ attachmentId: reservation.attachmentId, computeHost: 'compute-1' }),
    ).rejects.toMatchObject({ code: 'attachment_conflict' });

    broken = false;
    await attachments.remove(reservation.attachmentId);
    expect(harness.leftovers()).toEqual([]);
  });

  it('H8: a detach whose undo claims success but is not verified is not reported gone', async () => {
    let lying = true;
    const verify: (step: Step) => Step['verify'] = (step) => async (context, expected) =>
      lying && expected === 'undone' ? ['it is still there'] : step.verify(context, expected);
    const { attachments, outcome } = attach(changing(name, (step) => ({ verify: verify(step) })));
    await outcome;
    await expect(attachments.remove(reservation.attachmentId)).rejects.toMatchObject({
      code: 'cleanup_failed',
      message: expect.stringContaining('it is still there'),
    });
    lying = false;
    await attachments.remove(reservation.attachmentId);
    expect(attachments.list()).toEqual([]);
  });

  it('H22: a start that can’t verify it leaves the attachment in error and does not touch what runs', async () => {
    await attach((steps) => steps).outcome;
    const running = JSON.stringify(await harness.driver.inspect(reservation.instanceId));
    const next = harness.start({ steps: changing(name, () => ({ verify: fails })) });
    await next.attachments.adoptAll();
    expect(next.attachments.show(reservation.attachmentId)).toMatchObject({ status: 'error' });
    expect(JSON.stringify(await harness.driver.inspect(reservation.instanceId))).toBe(running);

    const repaired = harness.start();
    await repaired.attachments.adoptAll();
    expect(repaired.attachments.show(reservation.attachmentId)).toMatchObject({ status: 'attached', fault: null });
  });
});

it('H8: the backend stays open as long as the export is not verified gone', async () => {
  const { attachments, outcome } = attach(changing('export', () => ({ undo: fails })));
  await outcome;
  await expect(attachments.remove(reservation.attachmentId)).rejects.toMatchObject({ code: 'cleanup_failed' });
  expect((await harness.driver.inspect(reservation.instanceId))?.volumes).toHaveLength(1);
  expect(harness.plugs.plugged.size).toBe(1);
});

it('an unsafe path in connection_info is the volume’s fault', async () => {
  const { outcome } = attach(
    changing('open', () => ({ do: () => Promise.reject(new DriverError('unsafe_path', '/etc/shadow is outside')) })),
  );
  await expect(outcome).rejects.toMatchObject({ code: 'volume_refused' });
});
