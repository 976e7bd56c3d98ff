import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { basic, bearer } from '../support/ask.js';
import { sampleRows, startDaemon } from '../support/daemon.js';
import { startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';

/** The keys of a module and the auths beside it, as YAML; whether zxp verifies tokens of its own. */
interface Row {
  readonly keys?: string;
  readonly auths?: string;
  readonly verifies?: boolean;
  /** Whether the caller's Authorization leaves zxp. */
  readonly travels: boolean;
}

const OWN = 'authorization: { credentials: own }';
const OAUTH = "oauth2: { client_id: zxp, client_secret: own, token_url: 'UPSTREAM/token' }";
const LOGIN = "login: { url: /token, username: zxp, password: own, token: { path: '{.token}' } }";

const rows: Readonly<Record<string, Row>> = {
  'a module without credentials': { travels: true },
  'a module with another header': { keys: 'headers: { X-Api-Key: own }', travels: true },
  'a module with an Authorization among its headers': {
    keys: 'headers: { Authorization: Bearer own }',
    travels: false,
  },
  'a module with an authorization in lower case among its headers': {
    keys: 'headers: { authorization: Bearer own }',
    travels: false,
  },
  'a module with authorization': { keys: `http_client_config: { ${OWN} }`, travels: false },
  'a module with basic_auth': {
    keys: 'http_client_config: { basic_auth: { username: zxp, password: own } }',
    travels: false,
  },
  'a module with oauth2': { keys: `http_client_config: { ${OAUTH} }`, travels: false },
  'a module with digest_auth': { keys: 'digest_auth: { username: zxp, password: own }', travels: false },
  'a module with registry_token for the caller': {
    keys: "registry_token: { realms: ['UPSTREAM'] }",
    travels: true,
  },
  'a module with registry_token for a user of its own': {
    keys: "registry_token: { realms: ['UPSTREAM'], basic_auth: { username: zxp, password: own } }",
    travels: false,
  },
  'a module with login': { keys: LOGIN, travels: false },
  'a module with login that sends a header of its own': {
    keys: LOGIN.replace(' }', ' }, send: { header: X-Auth-Token }'),
    travels: false,
  },
  'a module that forwards none': { keys: 'forward_authorization: false', travels: false },
  'a module with an auth of the configuration': { keys: 'auth: own', auths: OWN, travels: false },
  'a module with an auth that forwards': { keys: 'auth: own', auths: 'forward: true', travels: true },
  'a module without credentials behind tokens of zxp': { verifies: true, travels: false },
  'a module with an Authorization among its headers, behind tokens of zxp': {
    keys: 'headers: { Authorization: Bearer own }',
    verifies: true,
    travels: false,
  },
  'a module that forwards verified ones': { keys: 'forward_verified: true', verifies: true, travels: true },
  'a module with an auth that forwards verified ones': {
    keys: 'auth: own',
    auths: 'forward: true, forward_verified: true',
    verifies: true,
    travels: true,
  },
};

/** Zot's token protocol where `isRegistry`; gives tokens to everybody, and notes each Authorization. */
async function startUpstream(isRegistry: boolean) {
  const seen: (string | undefined)[] = [];
  const answer = ({ url = '', headers }: IncomingMessage, response: ServerResponse) => {
    seen.push(headers.authorization);
    if (url.startsWith('/token')) {
      response.setHeader('content-type', 'application/json');
      return response.end('{"token": "own", "access_token": "own", "token_type": "Bearer", "expires_in": 300}');
    }
    if (isRegistry && headers.authorization === undefined) {
      const challenge = `Bearer realm="http://${headers.host}/token",service="registry"`;
      return response.writeHead(401, { 'www-authenticate': challenge }).end('{}');
    }
    return response.end('{"n": 7}');
  };
  const { url } = forThisTest(await startStubUpstream(answer));
  return { url, seen };
}

const pages = {
  'the landing page': { flags: { 'web.disable-ui': 'true' }, words: /credentials are forwarded to it/ },
  'the status page': { flags: {}, words: /Credentials of the scraper are forwarded/ },
} as const;

for (const [page, { flags, words }] of Object.entries(pages)) {
  describe(`${page} says that the caller's Authorization is forwarded exactly where it is:`, () => {
    for (const [name, { keys, auths, verifies = false, travels }] of sampleRows(Object.entries(rows))) {
      test(name, async () => {
        const upstream = await startUpstream(keys?.includes('registry_token') === true);
        const caller = verifies ? bearer('scraper') : basic('alice', 'wonder');
        const settings = [...(keys === undefined ? [] : [keys]), "metrics: [{ name: n, path: '{.n}' }]"];
        const config = `upstream: UPSTREAM
module: m
modules: { m: { ${settings.join(', ')} } }
${auths === undefined ? '' : `auths: { own: { allow: ['UPSTREAM'], ${auths} } }`}`;
        const zxp = await startDaemon({
          flags,
          config: config.replaceAll('UPSTREAM', upstream.url),
          ...(verifies ? { web: 'bearer_tokens_file: tokens\n', files: { tokens: 'scraper\n' } } : {}),
        });
        const scrape = await zxp.ask('/metrics', { headers: caller });
        expect(scrape.text).toContain('\nn 7\n');
        expect(upstream.seen.includes(caller.authorization)).toBe(travels);
        const { text } = await zxp.ask('/', { headers: caller });
        expect(text).toContain('<h1>');
        expect(words.test(text)).toBe(travels);
      });
    }
  });
}
