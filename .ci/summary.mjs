// usage: node .ci/summary.mjs <report.json> <exit code of the check> <exit code of the tests>
// Prints "N passed, N failed" from the JSON report of vitest, and exits with 1 unless nothing failed.
import { readFileSync } from 'node:fs';

const [reportFile = '', check, tests] = process.argv.slice(2);

let passed = 0;
let failed = 0;
try {
  const report = JSON.parse(readFileSync(reportFile, 'utf8'));
  passed = report.numPassedTests;
  failed = report.numFailedTests;
  // A file that could not be loaded, or whose hooks failed, fails without a failing test.
  for (const file of report.testResults) {
    if (file.status === 'failed' && !file.assertionResults.some((result) => result.status === 'failed')) failed++;
  }
} catch (error) {
  console.log(`no test report: ${error instanceof Error ? error.message : error}`);
}
if (tests !== '0' && failed === 0) failed++;
if (passed === 0 && failed === 0) failed++;
if (check !== '0') failed++;

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
