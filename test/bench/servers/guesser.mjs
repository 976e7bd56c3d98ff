/**
 * One client that guesses passwords of zxp's, each another one, on `connections` connections for as long as it runs.
 * Writes `listening=URL`, with the URL that it asks, once the first guess has been rejected.
 */
import { Agent, get } from 'node:http';

const [url, address, connections] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
let guesses = 0;

await guess();
process.stderr.write(`listening=${url}\n`);
await Promise.all(Array.from({ length: Number(connections) }, guessOn));

async function guessOn() {
  for (;;) await guess();
}

function guess() {
  const credential = Buffer.from(`user-0:guess-${guesses++}`).toString('base64');
  const headers = { authorization: `Basic ${credential}`, 'x-forwarded-for': address };
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers }, (response) => {
      response.resume();
      if (response.statusCode === 401 || response.statusCode === 503) response.once('end', resolve);
      else reject(new Error(`${url} answered a guess with ${response.statusCode}`));
    });
    request.once('error', reject);
  });
}
