import { describe, expect, it } from 'vitest';
import { attachmentCall } from './attachment-call.ts';

const ID = '9a8dfeb9-78a5-4f67-9e8b-6b08013d5885';
const PROJECT = '8ba0cf696453482c85e62f2dc40f2d4a';

describe('attachmentCall', () => {
  it('recognises the four calls that Nova makes', () => {
    expect(attachmentCall('POST', `/v3/${PROJECT}/attachments`)).toEqual({ kind: 'create' });
    expect(attachmentCall('PUT', `/v3/${PROJECT}/attachments/${ID}`)).toEqual({ kind: 'update', attachmentId: ID });
    expect(attachmentCall('GET', `/v3/${PROJECT}/attachments/${ID}`)).toEqual({ kind: 'show', attachmentId: ID });
    expect(attachmentCall('DELETE', `/v3/${PROJECT}/attachments/${ID}`)).toEqual({ kind: 'delete', attachmentId: ID });
  });

  // Each of these reaches the same attachment in a real Cinder.
  it.each([
    `/v3/${PROJECT}/attachments/${ID}.json`,
    `//v3//${PROJECT}//attachments/${ID}`,
    `/v3/${PROJECT}/attachments/${ID}/`,
    `/v3/attachments/${ID}`,
    `/v3/${PROJECT}/attachments/${ID.toUpperCase()}`,
    `/v3/${PROJECT}/%61ttachments/${ID}`,
    `/v3/${PROJECT}/attachments/${ID}%20`,
    `/v3/${PROJECT}/attachments/${ID}?x=/action`,
    `/volume/v3/${PROJECT}/attachments/${ID}`,
    `http://127.0.0.1:8776/v3/${PROJECT}/attachments/${ID}`,
  ])('no other spelling of the path slips by: %s', (target) => {
    expect(attachmentCall('PUT', target)).toEqual({ kind: 'update', attachmentId: ID });
  });

  it.each([
    ['POST', `/v3/${PROJECT}/attachments/${ID}/action`],
    ['GET', `/v3/${PROJECT}/attachments`],
    ['GET', `/v3/${PROJECT}/attachments/detail`],
    ['PUT', `/v3/${PROJECT}/attachments/not-a-uuid`],
    ['PATCH', `/v3/${PROJECT}/attachments/${ID}`],
    ['PUT', `/v2/${PROJECT}/attachments/${ID}`],
    ['PUT', `/v3/${PROJECT}/volumes/${ID}`],
    ['PUT', `/v3/${PROJECT}/attachments/${ID}%zz`],
    ['GET', '/'],
    ['OPTIONS', '*'],
  ])('all else is not ours: %s %s', (method, target) => {
    expect(attachmentCall(method, target)).toBeUndefined();
  });
});
