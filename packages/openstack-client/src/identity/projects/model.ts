import type { WireRecord } from '../../wire/record.ts';

/** @see https://docs.openstack.org/api-ref/identity/v3/#projects */
export interface Project {
  readonly id: string;
  readonly name: string;
  readonly domainId: string | undefined;
  readonly parentId: string | undefined;
  readonly description: string | undefined;
  readonly enabled: boolean;
  readonly tags: readonly string[];
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface ProjectFilter {
  readonly name?: string | undefined;
  readonly domainId?: string | undefined;
  readonly parentId?: string | undefined;
  readonly enabled?: boolean | undefined;
}

export interface ProjectCreate {
  readonly name: string;
  readonly domainId?: string | undefined;
  readonly parentId?: string | undefined;
  readonly description?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly tags?: readonly string[] | undefined;
}

export type ProjectUpdate = Partial<Omit<ProjectCreate, 'domainId' | 'parentId'>>;
