import type { WireReader } from '../../wire/reader.ts';
import type { TokenInfo } from './model.ts';

/** @see https://docs.openstack.org/api-ref/identity/v3/#validate-and-show-information-for-token */
export function parseTokenInfo(token: WireReader): TokenInfo {
  const user = token.object('user');
  const project = token.optionalObject('project');
  return {
    userId: user.string('id'),
    userName: user.string('name'),
    projectId: project?.string('id'),
    projectName: project?.string('name'),
    roles: token.has('roles') ? token.list('roles', (role) => role.string('name')) : [],
    issuedAt: token.date('issued_at'),
    expiresAt: token.date('expires_at'),
  };
}
