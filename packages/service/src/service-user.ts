import type * as z from 'zod';
import { type Option, option } from './option.ts';

/** The section `[service_user]`: who the service is in Keystone, in the words of OpenStack's own services. */
export interface ServiceUser {
  readonly auth_url: string;
  readonly username: string;
  readonly password: string;
  readonly project_name: string;
  readonly user_domain_name: string;
  readonly project_domain_name: string;
  /** Needed only where the catalog has several regions. */
  readonly region_name?: string | undefined;
  /** Which of the catalog's endpoints are used. */
  readonly interface: 'public' | 'internal' | 'admin';
  /** PEM certificates to trust instead of the system's. */
  readonly cafile?: string | undefined;
}

/** Options of {@link ServiceUser}, for `z.object()`. */
export const serviceUserOptions: {
  readonly auth_url: Option<string>;
  readonly username: Option<string>;
  readonly password: Option<string>;
  readonly project_name: Option<string>;
  readonly user_domain_name: z.ZodDefault<Option<string>>;
  readonly project_domain_name: z.ZodDefault<Option<string>>;
  readonly region_name: z.ZodOptional<Option<string>>;
  readonly interface: z.ZodDefault<Option<ServiceUser['interface']>>;
  readonly cafile: z.ZodOptional<Option<string>>;
} = {
  auth_url: option.url().describe("Keystone's URL, for example http://keystone:5000."),
  username: option.string().describe('User name of the service in Keystone.'),
  password: option.string().describe("The service user's password. Keep this file readable by the service alone."),
  project_name: option.string().describe('Project in which the service user has its roles, often service.'),
  user_domain_name: option.string().default('Default').describe("Domain of the service's user."),
  project_domain_name: option.string().default('Default').describe("Domain of the service's project."),
  region_name: option.string().optional().describe('Needed only where the catalog has several regions.'),
  interface: option
    .choice(['public', 'internal', 'admin'])
    .default('public')
    .describe("Which of the catalog's endpoints are used: public, internal or admin."),
  cafile: option.path().optional().describe("PEM file of certificates to trust instead of the system's."),
};
