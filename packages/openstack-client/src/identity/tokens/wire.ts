import type { WireReader } from '../../wire/reader.ts';
import type { TokenInfo } from './model.ts';

/** @see https://docs.openstack.org/api-ref/identity/v3/#validate-and-show-information-for-token */
export function parseTokenInfo(token: WireReader): TokenInfo {
  const user = token.object('user');
  const userDomain = user.optionalObject('domain');
  const project = token.optionalObject('project');
  const projectDomain = project?.optionalObject('domain');
  const domain = token.optionalObject('domain');
  return {
    userId: user.string('id'),
    userName: user.string('name'),
    userDomainId: userDomain?.optionalString('id'),
    userDomainName: userDomain?.optionalString('name'),
    projectId: project?.string('id'),
    projectName: project?.string('name'),
    projectDomainId: projectDomain?.optionalString('id'),
    projectDomainName: projectDomain?.optionalString('name'),
    domainId: domain?.optionalString('id'),
    domainName: domain?.optionalString('name'),
    systemScoped: token.optionalObject('system')?.booleanOr('all', false) ?? false,
    trustId: token.optionalObject('OS-TRUST:trust')?.optionalString('id'),
    roles: token.has('roles') ? token.list('roles', (role) => role.string('name')) : [],
    methods: token.stringsOr('methods', []),
    issuedAt: token.date('issued_at'),
    expiresAt: token.date('expires_at'),
    raw: token.raw,
  };
}
