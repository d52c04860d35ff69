import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAudit } from './supply-chain.mjs';

test('a shipped package with a known vulnerability is named, a tool is not', () => {
  const output =
    'npm warn something\n{ "auditReportVersion": 2, "vulnerabilities": { "comlink": { "severity": "low" }, "vite": {} } }\n';
  assert.deepEqual(readAudit(output), { vulnerable: ['comlink'] });
});

test('an empty list has no vulnerable package', () => {
  assert.deepEqual(readAudit('{ "vulnerabilities": {}, "metadata": {} }'), { vulnerable: [] });
});

test('a registry without the list is reported as unavailable', () => {
  const { vulnerable, unavailable } = readAudit(
    '{ "message": "405 Method Not Allowed", "statusCode": 405 }\n',
  );
  assert.equal(vulnerable, undefined);
  assert.match(unavailable, /405/);
});
