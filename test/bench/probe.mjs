/** Single scrapes from the bench's own process, which does nothing else meanwhile: to check an answer, to time some. */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { authorizationFor } from './payload.mjs';

/** The exposition. Throws unless the server answers 200 with at least `series` samples, and `target_up 1` if it says anything of that. */
export async function checkScrape(url, series) {
  const { statusCode, text } = await scrape(url, { series });
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}`);
  if (/^target_up 0/m.test(text)) throw new Error(`${url}: ${/^target_scrape_error.*/m.exec(text)?.[0]}`);
  if (samples < series) throw new Error(`${url} gave ${samples} samples of ${series}`);
  return text;
}

/**
 * Milliseconds that each of `count` scrapes took. One starts every `intervalMs`, however long the others take: scrapers
 * do not wait for one another, and a server that stalls makes all of them wait.
 */
export async function timeScrapes(url, { series, count, intervalMs }) {
  const agent = new Agent({ keepAlive: true });
  const timeOne = async () => {
    const startMs = performance.now();
    const { statusCode } = await scrape(url, { series, agent });
    if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}`);
    return performance.now() - startMs;
  };
  const scrapes = [];
  for (let i = 0; i < count; i++) {
    const running = timeOne();
    // It is awaited below; until then a failure must not end the bench.
    running.catch(() => undefined);
    scrapes.push(running);
    await sleep(intervalMs);
  }
  return Promise.all(scrapes).finally(() => agent.destroy());
}

function scrape(url, { series, agent }) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: authorizationFor(series) };
    const request = get(url, { headers, agent, timeout: 60_000 }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => resolve({ statusCode: response.statusCode, text: Buffer.concat(chunks).toString() }));
    });
    request.once('timeout', () => request.destroy(new Error(`${url} does not answer`)));
    request.once('error', reject);
  });
}
