import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const project = { id: 'p', name: 'lab', domain_id: 'd', parent_id: 'd', description: '', enabled: true, tags: ['t'] };

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'project get': {
    call: ({ identity }) => identity.projects.get('p'),
    request: 'GET identity/projects/p',
    answer: { project },
    gives: { id: 'p', name: 'lab', domainId: 'd', tags: ['t'], raw: project },
  },
  'project list': {
    call: ({ identity }) => identity.projects.list({ name: 'lab', domainId: 'd', enabled: true }),
    request: 'GET identity/projects?name=lab&domain_id=d&enabled=true',
    answer: { projects: [project], links: { next: null } },
    gives: [{ id: 'p' }],
  },
  'project create': {
    call: ({ identity }) => identity.projects.create({ name: 'lab', domainId: 'd', tags: ['t'] }),
    request: 'POST identity/projects',
    sends: { project: { name: 'lab', domain_id: 'd', tags: ['t'] } },
    answer: { project },
    gives: { id: 'p' },
  },
  'project update': {
    call: ({ identity }) => identity.projects.update('p', { enabled: false }),
    request: 'PATCH identity/projects/p',
    sends: { project: { enabled: false } },
    answer: { project: { ...project, enabled: false } },
    gives: { enabled: false },
  },
  'project delete': { call: ({ identity }) => identity.projects.delete('p'), request: 'DELETE identity/projects/p' },
};

it.each(Object.entries(CALLS))('%s is the call of the Identity API', (_, call) => expectCall(call));
