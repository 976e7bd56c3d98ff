import { describe, expect, test } from 'vitest';
import { runCommandLine } from '../support/command-line.js';

const stdin = JSON.stringify({
  Counters: [
    { Name: 'zot.repo.downloads', Count: 3, LabelNames: ['repo', 'b'], LabelValues: ['a/b', 'x\u001b[31m\n'] },
  ],
  Gauges: [
    { Name: 'zot.up.since', Value: 1.5, LabelNames: null, LabelValues: null },
    { Name: '', Value: 1 },
  ],
});

async function scrape(world: Parameters<typeof runCommandLine>[1] = {}) {
  const { stdout, ...rest } = await runCommandLine(['scrape', '-', '--format', 'table'], { stdin, ...world });
  return { ...rest, stdout: stdout.replace(/, [\d.]+ s$/m, ', SECONDS') };
}

describe('zxp scrape --format table', () => {
  test('has a row for each sample, without control characters, and a line about the scrape', async () => {
    const { exitCode, stdout } = await scrape();
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`\
METRIC                    VALUE  LABELS
zot_repo_downloads_total      3  repo="a/b", b="x\\u001b[31m\\n"
zot_up_since                1.5
zot_up                        1

up, HTTP 200, 2 samples, 1 dropped, SECONDS
`);
  });

  test('is colored for a terminal, and not with NO_COLOR or TERM=dumb', async () => {
    const { stdout } = await scrape({ isTerminal: true });
    expect(stdout).toContain('\u001b[1mMETRIC');
    expect(stdout).toContain('\u001b[32mup\u001b[39m, HTTP 200, 2 samples, \u001b[33m1 dropped\u001b[39m');
    for (const environment of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      expect((await scrape({ isTerminal: true, environment })).stdout).not.toContain('\u001b');
    }
    expect((await scrape({ isTerminal: true, environment: { NO_COLOR: '' } })).stdout).toContain('\u001b');
  });

  test('of a target that is down has its reason', async () => {
    const { exitCode, stdout } = await scrape({ stdin: '{' });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('down (decode), HTTP 200, 0 samples, SECONDS\n');
  });
});
