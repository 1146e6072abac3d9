import { describe, expect, it } from 'vitest';
import { DriverError } from '../contract.ts';
import { parseConnection } from './connection.ts';

/** As the Block Storage API v3 answers for an RBD volume. */
const flat = {
  driver_volume_type: 'rbd',
  name: 'volumes/volume-1',
  hosts: ['127.0.0.1'],
  ports: ['6789'],
  auth_enabled: true,
  auth_username: 'cinder',
  encrypted: false,
  qos_specs: null,
  access_mode: 'rw',
};

describe('connection_info', () => {
  it('is read flat, as Cinder answers it, and folded, as Nova keeps it', () => {
    const { driver_volume_type: volumeType, ...data } = flat;
    const folded = { driver_volume_type: volumeType, data, connector: {} };
    expect(parseConnection(flat)).toMatchObject({ volumeType: 'rbd', readOnly: false });
    expect(parseConnection(folded).fields).toMatchObject(parseConnection(flat).fields);
    expect(parseConnection({ ...folded, data: { ...data, access_mode: 'ro' } }).readOnly).toBe(true);
  });

  it('H18: says whether the storage holds ciphertext, in either form', () => {
    expect(parseConnection(flat).encrypted).toBe(false);
    expect(parseConnection({ ...flat, encrypted: true }).encrypted).toBe(true);
    const folded = { driver_volume_type: 'rbd', data: { ...flat, encrypted: true } };
    expect(parseConnection(folded).encrypted).toBe(true);
  });

  it.each([
    [{}, 'driver_volume_type is missing, expected a volume type'],
    [{ driver_volume_type: 7 }, 'driver_volume_type is 7, expected a volume type'],
    [{ driver_volume_type: 'rbd', data: 'x' }, 'data is "x", expected the fields'],
    [{ ...flat, encrypted: 'False' }, 'encrypted is "False", expected true or false'],
    [{ ...flat, access_mode: 'rx' }, 'access_mode is "rx", expected "rw" or "ro"'],
  ])('H5: names field, value and expectation: %j', (connectionInfo, message) => {
    expect(() => parseConnection(connectionInfo)).toThrow(message);
    expect(() => parseConnection(connectionInfo)).toThrow(DriverError);
  });
});
