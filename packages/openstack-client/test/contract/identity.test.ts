import { expect, it } from 'vitest';
import { OpenStackClient, passwordAuth, tokenAuth } from '../../src/index.ts';
import { contract } from './contract.ts';

contract('tokens', (cloud) => {
  it('a password gives a token that says who it belongs to, with implied roles', async () => {
    const { username, projectName } = cloud.credentials.member;
    const info = await cloud.service.identity.validateToken(await cloud.member.token());
    expect(info).toMatchObject({ userName: username, projectName });
    expect(info.roles).toEqual(expect.arrayContaining(['member', 'reader']));
    expect(info.roles).not.toContain('admin');
    expect(info.expiresAt.getTime()).toBeGreaterThan(Date.now());
  });

  it('a wrong password, and a project that is not there, are refused alike', async () => {
    const expected = { code: 'unauthorized', status: 401, fault: 'The request you have made requires authentication.' };
    for (const wrong of [
      { password: 'not the password' },
      { projectName: cloud.uniqueName() },
      { username: cloud.uniqueName() },
    ]) {
      const client = new OpenStackClient({ auth: passwordAuth({ ...cloud.credentials.member, ...wrong }) });
      await expect(client.token()).rejects.toMatchObject(expected);
    }
  });

  it('a token can be exchanged for another one of the same project', async () => {
    const { authUrl, projectName, projectDomainName } = cloud.credentials.member;
    const token = await cloud.member.token();
    const client = new OpenStackClient({ auth: tokenAuth({ authUrl, token, projectName, projectDomainName }) });
    const info = await cloud.service.identity.validateToken(await client.token());
    expect(info).toMatchObject({ projectName, userName: cloud.credentials.member.username });
    client.close();
  });

  it('a token can be used as it is', async () => {
    const { authUrl } = cloud.credentials.member;
    const client = new OpenStackClient({ auth: tokenAuth({ authUrl, token: await cloud.member.token() }) });
    expect(await client.blockStorage.volumes.list({ name: cloud.uniqueName() })).toEqual([]);
    client.close();
  });

  it('a token that is none is refused', async () => {
    const { authUrl } = cloud.credentials.member;
    const client = new OpenStackClient({ auth: tokenAuth({ authUrl, token: 'not-a-token' }) });
    await expect(client.blockStorage.volumes.list()).rejects.toMatchObject({ code: 'unauthorized', status: 401 });
    client.close();
  });

  it('only services and admins may ask whose a token is, except about their own', async () => {
    const own = await cloud.member.token();
    expect((await cloud.member.identity.validateToken(own)).userName).toBe(cloud.credentials.member.username);
    await expect(cloud.member.identity.validateToken(await cloud.admin.token())).rejects.toMatchObject({
      code: 'forbidden',
      status: 403,
    });
  });

  it('what is not a token is not found', async () => {
    await expect(cloud.service.identity.validateToken('not-a-token')).rejects.toMatchObject({
      code: 'not_found',
      status: 404,
    });
  });
});
