/**
 * How long a password that is right waits the first time that it is shown, while another client guesses on many
 * connections, over the same while nobody does. Each password is that of another user, so zxp knows none of them yet.
 */
import { get } from 'node:http';
import { hashSync } from 'bcryptjs';
import { withServers } from '../processes.mjs';
import { guesserCommand, upstreamCommand, zxpCommand } from '../servers/commands.mjs';
import { median } from '../statistics.mjs';
import { withFiles } from './files.mjs';

const PASSWORD = 'right';
const COST = 10;
const OUR_ADDRESS = '192.0.2.1';
const GUESSER = { address: '192.0.2.2', connections: 32 };

/** `passwords` is how many are shown in each half of a round. */
export function passwordFigure({ passwords, rounds, target }) {
  return {
    name: 'first right password beside guesses / alone',
    target,
    measure: () =>
      withFiles({ 'web.yml': describeUsers(2 * passwords * rounds) }, ([webFile]) =>
        withServers({ upstream: upstreamCommand }, ({ upstream }) =>
          withServers({ zxp: [...zxpCommand(upstream.url), '--web.config.file', webFile] }, ({ zxp }) =>
            measureRounds(`${zxp.url}/metrics`, { passwords, rounds }),
          ),
        ),
      ),
  };
}

/** A web config file with so many users of one hash, who come through a proxy that tells their addresses. */
function describeUsers(count) {
  const hash = hashSync(PASSWORD, COST);
  const users = Array.from({ length: count }, (_, i) => `  user-${i}: '${hash}'\n`);
  return `trusted_proxies: [127.0.0.1]\nbasic_auth_users:\n${users.join('')}`;
}

async function measureRounds(url, { passwords, rounds }) {
  let users = 0;
  const measure = async () => {
    const times = [];
    for (let i = 0; i < passwords; i++) times.push(await timeFirst(url, `user-${users++}`));
    return median(times);
  };
  const ours = [];
  for (let round = 0; round < rounds; round++) {
    const alone = await measure();
    const beside = await withServers({ guesser: guesserCommand(url, GUESSER) }, measure);
    ours.push(beside / alone);
  }
  return { ours };
}

function timeFirst(url, user) {
  const credential = Buffer.from(`${user}:${PASSWORD}`).toString('base64');
  const headers = { authorization: `Basic ${credential}`, 'x-forwarded-for': OUR_ADDRESS };
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false, timeout: 60_000 }, (response) => {
      response.resume();
      if (response.statusCode === 200) response.once('end', () => resolve(performance.now() - startMs));
      else reject(new Error(`${url} answered a right password with ${response.statusCode}`));
    });
    request.once('timeout', () => request.destroy(new Error(`${url} does not answer`)));
    request.once('error', reject);
  });
}
