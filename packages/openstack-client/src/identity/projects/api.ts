import type { CallOptions, ListOptions } from '../../call-options.ts';
import { Collection, flag } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { Project, ProjectCreate, ProjectFilter, ProjectUpdate } from './model.ts';
import { parseProject, writeProject } from './wire.ts';

/** @see https://docs.openstack.org/api-ref/identity/v3/#projects */
export class ProjectsApi {
  readonly #all: Collection<Project>;

  constructor(service: ServiceClient) {
    this.#all = new Collection(service, { path: ['projects'], one: 'project', many: 'projects', parse: parseProject });
  }

  get(id: string, options?: CallOptions): Promise<Project> {
    return this.#all.get(id, options);
  }

  list(filter: ProjectFilter = {}, options?: ListOptions): Listing<Project> {
    const { name, domainId: domain_id, parentId: parent_id, enabled } = filter;
    return this.#all.list({ name, domain_id, parent_id, enabled: flag(enabled) }, options);
  }

  create(project: ProjectCreate, options?: CallOptions): Promise<Project> {
    return this.#all.create(writeProject(project), options);
  }

  update(id: string, change: ProjectUpdate, options?: CallOptions): Promise<Project> {
    return this.#all.update('PATCH', id, writeProject(change), options);
  }

  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }
}
