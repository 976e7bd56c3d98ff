import { type ExecFileException, execFile } from 'node:child_process';
import { eventually } from '../support/eventually.js';

/** What a command printed, and how it ended. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs podman to its end. Never rejects. */
export function podman(...argv: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile('podman', ['--log-level=fatal', ...argv], (error: ExecFileException | null, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ exitCode, stdout, stderr });
    });
  });
}

/** How containers run where there are no control groups, and as locked down as an image can ask for. */
const RUN = [
  ...['--cgroups=disabled', '--ulimit=nofile=1024:1024', '--ulimit=nproc=1024:1024', '--pull=never', '--network=host'],
  ...['--read-only', '--read-only-tmpfs=false', '--cap-drop=all', '--security-opt=no-new-privileges'],
];

export interface Container {
  readonly id: string;
  /** What zxp logged so far. */
  log(): Promise<string>;
  /** Runs a command in the container. */
  exec(...argv: readonly string[]): Promise<Ended>;
  close(): Promise<void>;
}

/** Runs a container of an image to its end. */
export function runToEnd(image: string, argv: readonly string[], options: readonly string[] = []): Promise<Ended> {
  return podman('run', '--rm', ...RUN, ...options, image, ...argv);
}

/** Starts a container of an image, and waits until zxp says that it is up. */
export async function startContainer(
  image: string,
  argv: readonly string[],
  options: readonly string[] = [],
): Promise<Container> {
  const { exitCode, stdout, stderr } = await podman('run', '--detach', ...RUN, ...options, image, ...argv);
  if (exitCode !== 0) throw new Error(`podman run: ${stderr}`);
  const id = stdout.trim();
  const container: Container = {
    id,
    log: async () => (await podman('logs', id)).stderr,
    exec: (...command) => podman('exec', id, ...command),
    close: async () => {
      await podman('rm', '--force', '--time=0', id);
    },
  };
  try {
    await eventually('zxp in a container is up', async () => (await container.log()).includes('server started'));
    return container;
  } catch (thrown) {
    const log = await container.log();
    await container.close();
    throw new Error(`the container did not start: ${log}`, { cause: thrown });
  }
}
