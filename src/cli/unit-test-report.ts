import type { UnitTestFailure, UnitTestResult } from '../app/unit-tests.js';
import { parsePlace } from '../config/place.js';
import type { Palette } from './palette.js';
import type { FileResults } from './unit-test-files.js';

/** Lines of a difference that are shown to people. */
const MAX_LINES = 50;

/** What each test is, and how many passed. */
export function renderResults(files: readonly FileResults[], { green, red }: Palette): string {
  const lines = files.flatMap(({ name, results }) => [
    name,
    ...results.map((result) => `  ${result.failure === undefined ? green('ok  ') : red('FAIL')}  ${nameTest(result)}`),
    '',
  ]);
  const all = files.flatMap(({ results }) => results);
  const passed = all.filter(({ failure }) => failure === undefined).length;
  const count = passed === all.length ? `${passed}` : `${passed} of ${all.length}`;
  return `${lines.join('\n')}\nzxp: ${count} test${all.length === 1 ? '' : 's'} passed\n`;
}

/** Every failure, in the form of all errors. */
export function renderFailures(files: readonly FileResults[], palette: Palette): string {
  return files
    .flatMap(({ results }) => results)
    .flatMap((result) => (result.failure === undefined ? [] : [describeFailure(result, result.failure, palette)]))
    .join('');
}

function describeFailure(result: UnitTestResult, failure: UnitTestFailure, { green, red }: Palette): string {
  const { message, hint, notes } = failure;
  const name = result.test.name === '' ? '' : ` (${result.test.name})`;
  return [
    `zxp: error: ${result.test.where}${name}: ${message}`,
    ...describeDifference(failure).map(
      (line) => `  ${line.startsWith('-') ? red(line) : line.startsWith('+') ? green(line) : line}`,
    ),
    ...notes.map((note) => `zxp: hint: ${note}`),
    ...(hint === undefined ? [] : [`zxp: hint: ${hint}`]),
    '',
  ].join('\n');
}

function describeDifference({ difference }: UnitTestFailure): readonly string[] {
  const lines = difference.slice(0, MAX_LINES).map(({ sign, text }) => `${sign} ${text}`);
  return difference.length > MAX_LINES ? [...lines, `and ${difference.length - MAX_LINES} more lines`] : lines;
}

function nameTest({ test }: UnitTestResult): string {
  return test.name === '' ? (parsePlace(test.where)?.path ?? test.where) : test.name;
}

/** The results for programs. */
export function toJsonResults(files: readonly FileResults[]) {
  const all = files.flatMap(({ results }) => results);
  const failed = all.filter(({ failure }) => failure !== undefined).length;
  return {
    ok: failed === 0,
    passed: all.length - failed,
    failed,
    tests: all.map(({ test, module, seconds, failure }) => {
      const { file = null, line = null, column = null } = parsePlace(test.where) ?? {};
      return {
        file,
        line,
        column,
        name: test.name === '' ? null : test.name,
        module,
        ok: failure === undefined,
        seconds,
        message: failure?.message ?? null,
        hint: failure?.hint ?? null,
        missing: pick(failure, '-'),
        unexpected: pick(failure, '+'),
        notes: failure?.notes ?? [],
      };
    }),
  };
}

function pick(failure: UnitTestFailure | undefined, sign: '-' | '+'): readonly string[] {
  return (failure?.difference ?? []).filter((line) => line.sign === sign).map(({ text }) => text);
}

/** JUnit's XML, as CI servers read it: a suite for each file. */
export function toJunit(files: readonly FileResults[]): string {
  const suites = files.flatMap(({ name, results }) => {
    const failures = results.filter(({ failure }) => failure !== undefined).length;
    const seconds = results.reduce((total, each) => total + each.seconds, 0);
    const facts = { name, tests: results.length, failures, errors: 0, time: seconds.toFixed(3) };
    return [
      `  <testsuite${toAttributes(facts)}>`,
      ...results.flatMap((each) => toTestCase(name, each)),
      '  </testsuite>',
    ];
  });
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', ''].join('\n');
}

function toTestCase(classname: string, result: UnitTestResult): readonly string[] {
  const { failure, seconds, test } = result;
  const { file = classname, line = 0 } = parsePlace(test.where) ?? {};
  const start = `    <testcase${toAttributes({ name: nameTest(result), classname, file, line, time: seconds.toFixed(3) })}`;
  if (failure === undefined) return [`${start}/>`];
  const text = [test.where, ...describeDifference(failure), ...failure.notes].join('\n');
  const body = `<failure${toAttributes({ message: failure.message })}>${escapeXml(text)}</failure>`;
  return [`${start}>`, `      ${body}`, '    </testcase>'];
}

function toAttributes(facts: Readonly<Record<string, string | number>>): string {
  return Object.entries(facts)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Characters that XML 1.0 does not have become U+FFFD. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"]/g, (each) => ENTITIES[each] ?? each);
}
