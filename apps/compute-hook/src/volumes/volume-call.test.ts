import { describe, expect, it } from 'vitest';
import { shownVolume } from './volume-call.ts';

const ID = '56858951-2fa8-45b5-bc5a-e636ae67e47b';
const PROJECT = '8ba0cf696453482c85e62f2dc40f2d4a';

describe('shownVolume', () => {
  it.each([
    `/v3/${PROJECT}/volumes/${ID}`,
    `/v3/volumes/${ID}`,
    `//v3/${PROJECT}//volumes/${ID}/`,
    `/v3/${PROJECT}/volumes/${ID}.json`,
    `/v3/${PROJECT}/volumes/${ID.toUpperCase()}?x=1`,
    `http://127.0.0.1:8776/v3/${PROJECT}/%76olumes/${ID}`,
  ])('is what GET %s asks for', (target) => {
    expect(shownVolume('GET', target)).toBe(ID);
  });

  it.each([
    ['GET', `/v3/${PROJECT}/volumes`],
    ['GET', `/v3/${PROJECT}/volumes/detail`],
    ['GET', `/v3/${PROJECT}/volumes/${ID}/metadata`],
    ['GET', `/v3/${PROJECT}/attachments/${ID}`],
    ['PUT', `/v3/${PROJECT}/volumes/${ID}`],
    ['POST', `/v3/${PROJECT}/volumes/${ID}/action`],
    ['DELETE', `/v3/${PROJECT}/volumes/${ID}`],
  ])('is none of %s %s', (method, target) => {
    expect(shownVolume(method, target)).toBeUndefined();
  });
});
