import { describe, expect, it } from 'vitest';
import { connectorIn } from './connector.ts';

const read = (text: string) => connectorIn(Buffer.from(text));

describe('connectorIn', () => {
  it('reads what nova-compute sends', () => {
    expect(read('{"attachment": {"connector": {"host": "aio", "ip": "127.0.0.1", "mountpoint": "/dev/vdb"}}}')).toEqual(
      { host: 'aio', mountpoint: '/dev/vdb', instanceId: undefined, volumeId: undefined },
    );
    expect(read('{"attachment": {"connector": {"host": "b"}, "instance_uuid": "i", "volume_uuid": "v"}}')).toEqual({
      host: 'b',
      mountpoint: undefined,
      instanceId: 'i',
      volumeId: 'v',
    });
  });

  it.each(['{"attachment": {"connector": null}}', '{"attachment": {}}', '{}', '', '{"attachment": ', '[]', 'null'])(
    'finds none in %s',
    (text) => {
      expect(read(text)).toBeUndefined();
    },
  );

  it('takes an odd connector for one, since Cinder might', () => {
    const odd = { host: undefined, mountpoint: undefined, instanceId: undefined };
    expect(read('{"attachment": {"connector": {}}}')).toEqual(odd);
    expect(read('{"attachment": {"connector": "x"}}')).toEqual(odd);
    expect(read('{"attachment": {"connector": {"host": 3, "mountpoint": false}, "instance_uuid": 5}}')).toEqual(odd);
  });

  it('refuses JSON that only Python reads', () => {
    expect(() => read('{"attachment": {"connector": {"host": "a"}, "x": NaN}}')).toThrow('Malformed request body');
  });
});
