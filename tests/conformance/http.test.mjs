// GraphQL over HTTP: every audit of npm `graphql-http`, those that MUST hold, that SHOULD and that MAY.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { serverAudits } from 'graphql-http';

import { url } from './support.mjs';

const audits = serverAudits({ url });

describe('graphql-http', { concurrency: true }, () => {
  test('has the audits that this was written with', () => assert.equal(audits.length, 61));
  for (const audit of audits) {
    test(`${audit.id} ${audit.name}`, async () => {
      const { status, reason, response } = await audit.fn();
      const answer = response && `${response.status} ${response.headers.get('content-type')}`;
      assert.equal(status, 'ok', `${reason} (answered with ${answer})`);
    });
  }
});
