import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startBuiltDaemon } from '../../support/built-program.js';
import { startStubUpstream } from '../../support/fake-upstream.js';
import { type PrometheusServer, startPrometheus } from '../../support/prometheus-tools.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

/** An API whose devices are found by `/discover`, and scraped one by one at `/probe`. */
const config = (api: string) => `targets: [{ name: devices, url: '${api}/devices', module: devices }]
modules:
  devices:
    discover: { each: '{.devices[*]}', target: '${api}/devices/{.id}', labels: { site: '{.site}' } }
  device:
    allow: ['${api}']
    metrics: [{ name: device_load, path: '{.load}' }]
`;

const job = (zxp: URL) => `
  - job_name: devices
    metrics_path: /probe
    params: { module: [device] }
    http_sd_configs:
      - { url: '${zxp.origin}/discover?module=devices&target=devices', refresh_interval: 1s }
    relabel_configs:
      - { source_labels: [__address__], target_label: __param_target }
      - { source_labels: [__param_target], target_label: instance }
      - { target_label: __address__, replacement: '${zxp.host}' }
`;

describe('a real Prometheus with http_sd_configs of /discover', () => {
  const resources: { close(): unknown }[] = [];
  const state = { devices: ['1', '2', '3'], status: 200, asked: 0 };
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    const api = open(
      await startStubUpstream((request, response) => {
        const [, , id] = (request.url ?? '').split('/');
        if (id !== undefined) {
          response.end(JSON.stringify({ load: Number(id) }));
          return;
        }
        state.asked++;
        response
          .writeHead(state.status)
          .end(JSON.stringify({ devices: state.devices.map((each) => ({ id: each, site: 'x' })) }));
      }),
    );
    const folder = open(makeTemporaryFolder());
    const zxp = open(await startBuiltDaemon('--config.file', folder.write('zxp.yml', config(api.url))));
    prometheus = open(await startPrometheus(job(new URL(zxp.url))));
  });

  afterAll(async () => {
    for (const resource of resources.reverse()) await resource.close();
  });

  function open<T extends { close(): unknown }>(resource: T): T {
    resources.push(resource);
    return resource;
  }

  const listLoads = async () => (await prometheus.query('device_load{site="x"}')).map(({ value }) => value).sort();
  const until = (loads: readonly number[]) =>
    vi.waitUntil(async () => JSON.stringify(await listLoads()) === JSON.stringify(loads), {
      timeout: 30_000,
      interval: 200,
    });

  test('finds the targets, scrapes each, and follows the list', async () => {
    await until([1, 2, 3]);
    state.devices = ['2', '3', '4'];
    await until([2, 3, 4]);
  });

  test('keeps the targets while the API fails', async () => {
    state.status = 500;
    const before = state.asked;
    await vi.waitUntil(() => state.asked > before + 3, { timeout: 30_000, interval: 100 });
    expect(await listLoads()).toEqual([2, 3, 4]);
    expect((await prometheus.query('up{job="devices"} == 1')).length).toBe(3);
  });
});
