import { gatherCast } from './cast.ts';
import { attach } from './chapters/attach.ts';
import { crash } from './chapters/crash.ts';
import { detach } from './chapters/detach.ts';
import { isolation } from './chapters/isolation.ts';
import { plain } from './chapters/plain.ts';
import { processesMentioning } from './leftovers.ts';
import type { Narrator } from './narrator.ts';
import type { Stage } from './stage.ts';

/** The main job, from attach to nothing left, on a fake cloud with real daemons, networks, storage daemons and I/O. */
export async function play(stage: Stage, narrator: Narrator): Promise<void> {
  const { chapter, claim, remark, quote } = narrator;
  const linksBefore = await stage.linkNames();
  const cast = await gatherCast(stage);
  try {
    chapter('The stage');
    remark(
      'A small cloud (Keystone, Nova, Cinder, Neutron; in this process), an I/O host running iorcld, and a compute',
    );
    remark('host whose nova-compute finds Cinder through the compute hook. Two tenants, blue on VLAN 100 and red on');
    remark('VLAN 101, each with an instance of a flavor with io:enabled=1, and both with the same addresses.');
    const hosts = await cast.iorcl('host', 'list');
    quote(hosts.out);
    claim('iorcld is up', hosts.out.includes('io-1') && / up /.test(hosts.out));
    claim('no data-plane process runs yet', cast.dataPlane(), []);

    const scene = { stage, cast, narrator };
    const blue = await attach(scene);
    const red = await isolation(scene, blue);
    await crash(scene, blue);
    await plain(scene);
    await detach(scene, blue, red, linksBefore);
  } finally {
    await cast.leave();
  }
  claim('and no process at all when the daemons have stopped', processesMentioning(`${stage.directory}/`), []);
}
