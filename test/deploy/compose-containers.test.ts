import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { podman } from './podman.js';

/** Where .ci/images left the image of zxp; the tests run where containers may, in .ci/in-namespace. */
const folder = process.env.TEST_IMAGES;
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const RUN_ARGS = '--cgroups=disabled --ulimit=nofile=1024:1024 --ulimit=nproc=1024:1024';
const files = ['-f', path('../../deploy/compose.yaml'), '-f', path('./compose/stand-ins.yaml')];

/** It waits without end for a container that does not start. */
function compose(...args: readonly string[]) {
  const options = ['--in-pod', 'false', '--podman-run-args', RUN_ARGS, ...files];
  const env = { ...process.env, ZOT_IMAGE: 'localhost/zxp:latest' };
  return promisify(execFile)('podman-compose', [...options, ...args], { timeout: 60_000, env });
}

describe('the Compose file, in containers', () => {
  beforeAll(async () => {
    const loaded = await podman('load', '--input', join(folder ?? '', 'zxp.docker.tar'));
    expect(loaded).toMatchObject({ exitCode: 0 });
    await compose('up', '--detach', '--no-build');
  });
  afterAll(() => compose('down', '--volumes', '--timeout', '0'));

  test("Prometheus has the registry's metrics through zxp, by the names of the services", async () => {
    await eventually('a scrape', async () => (await query('zot_repo_downloads_total{job="registry"}')) === '7', 60_000);
    expect(await query('target_up{instance="zxp:8081"}')).toBe('1');
  });
});

/** The value of the first series, or undefined while there is none, or no Prometheus that is ready. */
async function query(promql: string): Promise<string | undefined> {
  const url = `http://127.0.0.1:9090/api/v1/query?${new URLSearchParams({ query: promql })}`;
  const response = await fetch(url).catch(() => undefined);
  if (!response?.ok) return undefined;
  const answer = (await response.json()) as {
    readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
  };
  return answer.data.result[0]?.value[1];
}
