import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** One sample as Prometheus' own parser gives it; numbers are texts, as JSON has no NaN. */
export interface TextparseSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly value?: string;
  readonly histogram?: {
    readonly schema: number;
    readonly zeroThreshold: string;
    readonly zeroCount: string;
    readonly count: string;
    readonly sum: string;
    readonly positive: Readonly<Record<string, string>>;
    readonly negative: Readonly<Record<string, string>>;
  };
  readonly timestamp?: number;
  /** Milliseconds; absent where there is none. */
  readonly start?: number;
  readonly exemplars?: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: string;
    readonly timestamp?: number;
  }[];
}

export interface TextparseReply {
  readonly error?: string;
  readonly series?: readonly TextparseSeries[];
  readonly types?: Readonly<Record<string, string>>;
  readonly units?: Readonly<Record<string, string>>;
}

export interface Textparse {
  /** What Prometheus makes of an exposition of this content type; `legacyNames` refuses what Prometheus 2 does. */
  parse(body: Uint8Array, options: { contentType: string; legacyNames: boolean }): Promise<TextparseReply>;
  close(): Promise<void>;
}

/** Starts the program of test/system/textparse: the one of TEXTPARSE, or one that is built for this run. */
export function startTextparse(): Textparse {
  const folder = mkdtempSync(join(tmpdir(), 'zxp-textparse-'));
  const program = process.env.TEXTPARSE ?? build(folder);
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: { resolve: (reply: TextparseReply) => void; reject: (reason: Error) => void }[] = [];
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      for (const { reject } of waiting.splice(0)) reject(new Error('textparse has ended'));
      resolve();
    });
  });
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)));
  return {
    parse: (body, options) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify({ ...options, length: body.length })}\n`);
        child.stdin.write(body);
      }),
    close: async () => {
      child.stdin.end();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function build(folder: string): string {
  const program = join(folder, 'textparse');
  const cwd = fileURLToPath(new URL('../system/textparse/', import.meta.url));
  const { status, error } = spawnSync('go', ['build', '-o', program, '.'], { cwd, stdio: 'inherit' });
  if (status !== 0) throw new Error('test/system/textparse does not build: it needs Go 1.26', { cause: error });
  return program;
}
