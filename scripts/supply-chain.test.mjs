import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAudit } from './supply-chain.mjs';

test('a package that ships with a known hole is named, a tool is not', () => {
  const output =
    'npm warn something\n{ "auditReportVersion": 2, "vulnerabilities": { "comlink": { "severity": "low" }, "vite": {} } }\n';
  assert.deepEqual(readAudit(output), { holes: ['comlink'] });
});

test('nothing found is no hole', () => {
  assert.deepEqual(readAudit('{ "vulnerabilities": {}, "metadata": {} }'), { holes: [] });
});

test('a registry that keeps no such list has not said that all is well', () => {
  const { holes, unavailable } = readAudit('{ "message": "405 Method Not Allowed", "statusCode": 405 }\n');
  assert.equal(holes, undefined);
  assert.match(unavailable, /405/);
});
