import type { WireReader } from '../../wire/reader.ts';
import type { Project, ProjectCreate, ProjectUpdate } from './model.ts';

export function parseProject(project: WireReader): Project {
  return {
    id: project.string('id'),
    name: project.string('name'),
    domainId: project.optionalString('domain_id'),
    parentId: project.optionalString('parent_id'),
    description: project.optionalString('description'),
    enabled: project.booleanOr('enabled', true),
    tags: project.stringsOr('tags', []),
    raw: project.raw,
  };
}

export function writeProject(project: ProjectCreate | ProjectUpdate): object {
  const { name, description, enabled, tags } = project;
  const place = 'domainId' in project || 'parentId' in project ? placeOf(project) : {};
  return { name, description, enabled, tags, ...place };
}

function placeOf({ domainId, parentId }: { readonly domainId?: unknown; readonly parentId?: unknown }): object {
  return { domain_id: domainId, parent_id: parentId };
}
