import { type Answer, type FakeUpstream, type SeenRequest, startFakeUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';

/** What a token server of this test's answers beyond its token; `undefined` leaves a field of the reply out. */
export interface TokenServerOptions {
  readonly users?: Readonly<Record<string, string>>;
  /** Whether one gets a token without a user. */
  readonly allowsAnonymous?: boolean;
  /** Changes the reply that the specification has. */
  readonly change?: (reply: Readonly<Record<string, unknown>>, count: number) => unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A token server that follows the Distribution project's "Token Authentication Specification". */
export interface TokenServer extends FakeUpstream {
  /** What is asked for a token: `https://host/token`. */
  readonly realm: string;
  /** Who a token was given to, and for what; undefined for one that is not good, or no more. */
  describe(token: string): Grant | undefined;
  /** Takes every token back. */
  revoke(): void;
}

export interface Grant {
  /** Empty for nobody. */
  readonly user: string;
  readonly service: string;
  readonly scopes: readonly string[];
}

export async function startTokenServer(options: TokenServerOptions = {}): Promise<TokenServer> {
  const { users = { alice: 'wonder' }, allowsAnonymous = false, change = (reply) => reply, headers = {} } = options;
  const granted = new Map<string, Grant>();
  let tokens = 0;
  const answer = (request: SeenRequest): Answer => {
    const query = new URL(request.path, 'http://token').searchParams;
    const user = findUser(request, users);
    if (user === undefined || (user === '' && !allowsAnonymous)) return { status: 401, body: '{"details":"who?"}' };
    const token = `token-${++tokens}-of-${user === '' ? 'nobody' : user}`;
    granted.set(token, { user, service: query.get('service') ?? '', scopes: query.getAll('scope') });
    const reply = { token, access_token: token, expires_in: 300, issued_at: new Date().toISOString() };
    return { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(change(reply, tokens)) };
  };
  const server = forThisTest(await startFakeUpstream(answer));
  return Object.assign(server, {
    realm: `${server.url}/token`,
    describe: (token: string) => granted.get(token),
    revoke: () => granted.clear(),
  });
}

/** The user of a Basic header, empty where there is none; undefined where the password is wrong. */
function findUser({ allHeaders }: SeenRequest, users: Readonly<Record<string, string>>): string | undefined {
  const [authorization] = allHeaders.get('authorization') ?? [];
  if (authorization === undefined) return '';
  const [user = '', password] = Buffer.from(authorization.replace(/^basic /i, ''), 'base64')
    .toString()
    .split(':');
  return password !== undefined && users[user] === password ? user : undefined;
}

/** A registry that behaves as zot does with bearer authentication, its metrics at `/metrics`. */
export async function startRegistry(
  tokens: () => Pick<TokenServer, 'realm' | 'describe'>,
  options: {
    readonly challenge?: (realm: string, path: string) => string | undefined;
    /** Its document for one who has a token. */
    readonly describe?: (grant: Grant) => unknown;
  } = {},
): Promise<FakeUpstream> {
  const { challenge = (realm) => `Bearer realm="${realm}",service="zot",scope=""` } = options;
  const { describe = ({ user, scopes }) => ({ caller: user, scopes }) } = options;
  return forThisTest(
    await startFakeUpstream(({ allHeaders, path }) => {
      const [authorization] = allHeaders.get('authorization') ?? [];
      const named = challenge(tokens().realm, path);
      if (authorization === undefined) return refuse(named === undefined ? {} : { 'www-authenticate': named });
      const grant = tokens().describe(authorization.replace(/^bearer /i, ''));
      // What is no token that it knows is refused without another word.
      return grant === undefined ? refuse({}) : { body: JSON.stringify(describe(grant)) };
    }),
  );
}

const refuse = (headers: Readonly<Record<string, string>>): Answer => ({
  status: 401,
  headers: { 'content-type': 'application/json', ...headers },
  body: '{"errors":[{"code":"UNAUTHORIZED"}]}',
});
