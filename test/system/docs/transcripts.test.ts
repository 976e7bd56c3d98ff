import { describe, expect, onTestFinished, test } from 'vitest';
import { openExampleSession } from '../../docs/example-session.js';
import { type Fence, listPages } from '../../docs/pages.js';

/** A command of a transcript, and what it is said to print. */
interface Step {
  readonly command: string;
  readonly expected: string;
  readonly upstream: string | undefined;
  readonly where: string;
}

const pages = listPages().filter((page) => page.fences.some((fence) => fence.language === 'console'));

describe('transcripts', () => {
  test.for(pages.map((page) => [page.path, page] as const))(
    '%s: every command prints what the page says',
    { timeout: 120_000 },
    async ([, page]) => {
      const session = await openExampleSession();
      onTestFinished(session.close);
      for (const fence of page.fences) {
        const file = fence.options.get('file');
        if (file !== undefined) await session.write(file, `${fence.lines.join('\n')}\n`);
        for (const step of readSteps(fence)) {
          const { raw, named } = await session.run(step.command, step.upstream);
          if (!agrees(named, step.expected) && !agrees(raw, step.expected))
            expect(named, step.where).toBe(step.expected);
        }
      }
    },
  );
});

test('three dots stand for any text in a line, and for any lines', () => {
  const agreesWithPage = (output: string) => agrees(output, 'a ... b\n...\nz');
  expect(['a 1 b\nz', 'a 1 b\nc\n\nd\nz'].every(agreesWithPage)).toBe(true);
  expect(['a 1 b', 'a 1 c\nz', 'a 1 b\nz\ny', 'a\nb\nz'].some(agreesWithPage)).toBe(false);
});

function readSteps(fence: Fence): readonly Step[] {
  if (fence.language !== 'console') return [];
  const text = fence.lines.join('\n').replaceAll('\\\n', '');
  if (!text.startsWith('$ ')) throw new Error(`${fence.where}: a console block begins with "$ "`);
  const parts = fence.options.has('single') ? [text.slice(2)] : text.slice(2).split('\n$ ');
  return parts.map((part) => {
    const end = part.indexOf('\n');
    return {
      command: end < 0 ? part : part.slice(0, end),
      expected: end < 0 ? '' : part.slice(end + 1).trimEnd(),
      upstream: fence.options.get('upstream'),
      where: fence.where,
    };
  });
}

/** Whether an output is what a page says: line by line, but for what `...` stands for. */
function agrees(output: string, expected: string): boolean {
  const lines = expected.split('\n').map((line) => (line === '...' ? '(?:.*\\n)*?' : `${toLinePattern(line)}\\n`));
  return new RegExp(`^${lines.join('')}$`).test(`${output}\n`);
}

function toLinePattern(line: string): string {
  const parts = line.split('...').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return parts.join('.*');
}
