import { expect, test } from 'vitest';
import { startDaemon } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';

const moduleFile = (name: string) => `modules: { ${name}: { metrics: [{ name: n, path: '{.n}' }] } }\n`;

async function start(autoReload: boolean) {
  const main = (more = '') => `upstream: http://127.0.0.1:9\ninclude: [more-*.yml]\n${more}`;
  const daemon = await startDaemon({
    config: main(),
    files: { 'more-1.yml': moduleFile('first') },
    flags: autoReload ? { 'config.auto-reload': 'true' } : {},
  });
  const { folder } = daemon;
  const show = async () => (await fetch(`${daemon.url}/-/config`)).text();
  const reloads = () => daemon.logged.filter((line) => line.includes('configuration reloaded')).length;
  return { folder, main, daemon, show, reloads };
}

test('--config.auto-reload reloads when the config file or an included file changes, appears or goes away', async () => {
  const { folder, main, show, reloads, daemon } = await start(true);
  folder.write('zxp.yml', main('limits: { series: 7 }\n'));
  await eventually('the main file is read again', async () => (await show()).includes('series: 7'));
  folder.write('more-1.yml', moduleFile('changed'));
  await eventually('an included file is read again', async () => (await show()).includes('module changed'));
  folder.write('more-2.yml', moduleFile('second'));
  await eventually('a new file is read', async () => (await show()).includes('module second'));
  folder.write('zxp.yml', main('limits: { serious: 7 }\n'));
  await eventually('a mistake is logged', () =>
    daemon.logged.some((line) => line.includes('configuration not reloaded, keeping the previous configuration')),
  );
  expect(await show()).toContain('series: 7');
  const before = reloads();
  folder.write('zxp.yml', main('limits: { series: 8 }\n'));
  await eventually('a mended file is read again', () => reloads() > before);
  expect(await show()).toContain('series: 8');
});

test('without it nothing is reloaded by itself', async () => {
  const { folder, main, daemon, show, reloads } = await start(false);
  folder.write('zxp.yml', main('limits: { series: 7 }\n'));
  expect(reloads()).toBe(0);
  await daemon.reload();
  expect(await show()).toContain('series: 7');
  expect(reloads()).toBe(1);
});
