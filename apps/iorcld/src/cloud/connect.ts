import type { KeyManager } from '@iorcl/iohyp-driver';
import { type CallObserver, OpenStackClient, passwordAuth, withServiceToken } from '@iorcl/openstack-client';
import type { ServiceUser } from '@iorcl/service';
import { BarbicanKeyManager } from './barbican-key-manager.ts';
import { OpenStackCloud } from './openstack-cloud.ts';

export interface Connection {
  readonly cloud: OpenStackCloud;
  /** OpenStack's key manager, Barbican. Asked only where the configuration says so. */
  readonly keys: KeyManager;
  close(): void;
}

/** Connects to the cloud as the service user. Nothing is asked yet. */
export function connectCloud(
  user: ServiceUser,
  { ca, observe }: { readonly ca?: string | undefined; readonly observe?: CallObserver | undefined } = {},
): Connection {
  const auth = passwordAuth({
    authUrl: user.auth_url,
    username: user.username,
    password: user.password,
    projectName: user.project_name,
    userDomainName: user.user_domain_name,
    projectDomainName: user.project_domain_name,
  });
  const common = { region: user.region_name, interface: user.interface, ca, observe };
  const client = new OpenStackClient({ ...common, auth });
  const asService = new OpenStackClient({ ...common, auth: withServiceToken(auth, auth) });
  return {
    cloud: new OpenStackCloud(client, asService),
    keys: new BarbicanKeyManager(client),
    close: () => {
      client.close();
      asService.close();
    },
  };
}
