import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readWorkflow, runWorkflow } from '../support/act.ts';
import { fault, startOrg } from '../support/salesforce-org.ts';

it('fails the job with an annotation, and tells later steps why', async (t) => {
  const org = await startOrg();
  t.after(() => org.close());
  const refreshToken = org.newRefreshToken();
  org.revokeRefreshToken(refreshToken);
  const { succeeded, log, printed, annotations } = await runWorkflow(t, readWorkflow('failure'), {
    secrets: { SF_REFRESH_TOKEN: refreshToken, SF_CLIENT_ID: org.app.clientId },
    vars: { SF_LOGIN_URL: org.url },
  });
  assert.equal(succeeded, false);
  const [annotation = '', ...more] = annotations;
  assert.match(annotation, /^::error title=Salesforce token refresh failed%3A invalid_grant::/);
  assert.match(annotation, /%0AWhat to do: /);
  assert.deepEqual(more, []);
  assert.ok(printed.includes('sign in again, because of invalid_grant'), log);
  assert.ok(!printed.some((line) => /deployed|something else/.test(line)), log);
  assert.ok(!log.includes(refreshToken));
});

it('fails the job when the connection breaks in the middle of the answer', async (t) => {
  const org = await startOrg();
  t.after(() => org.close());
  org.faults.push({ does: fault.breakOff(), when: 'after', count: 10 });
  const { succeeded, log, printed } = await runWorkflow(t, readWorkflow('failure'), {
    secrets: { SF_REFRESH_TOKEN: org.newRefreshToken(), SF_CLIENT_ID: org.app.clientId },
    vars: { SF_LOGIN_URL: org.url },
  });
  assert.equal(succeeded, false);
  assert.ok(printed.includes('something else, network_error'), log);
  assert.ok(!printed.some((line) => line.includes('deployed')), log);
});

it('fails the job when nobody answers, inside its time limit', async (t) => {
  const org = await startOrg();
  t.after(() => org.close());
  org.faults.push({ does: fault.silence(), count: 10 });
  const { succeeded, log, printed } = await runWorkflow(t, readWorkflow('failure'), {
    secrets: { SF_REFRESH_TOKEN: org.newRefreshToken(), SF_CLIENT_ID: org.app.clientId },
    vars: { SF_LOGIN_URL: org.url, TIMEOUT: '2' },
  });
  assert.equal(succeeded, false);
  assert.ok(printed.includes('something else, timeout'), log);
});

it('fails the job where the secrets are empty, as in the pull request of a fork', async (t) => {
  const { succeeded, log, printed, annotations } = await runWorkflow(t, readWorkflow('failure'));
  assert.equal(succeeded, false);
  assert.ok(printed.includes('something else, input_missing'), log);
  assert.match(annotations.join('\n'), /refresh-token/);
});
