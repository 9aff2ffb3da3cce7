// GraphQL over HTTP: all audits of npm `graphql-http`: MUST, SHOULD and MAY.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { serverAudits } from 'graphql-http';

import { url } from './support.mjs';

const audits = serverAudits({ url });

describe('graphql-http', { concurrency: true }, () => {
  test('the number of audits is as expected', () => assert.equal(audits.length, 61));
  for (const audit of audits) {
    test(`${audit.id} ${audit.name}`, async () => {
      const { status, reason, response } = await audit.fn();
      const summary = response && `${response.status} ${response.headers.get('content-type')}`;
      assert.equal(status, 'ok', `${reason} (response: ${summary})`);
    });
  }
});
