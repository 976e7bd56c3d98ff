import { format, inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { isSecretName, Secret } from '../../src/model/secret.js';

const canary = 'c4n4ry';
const secret = new Secret(canary);

test('only reveal gives the text', () => {
  expect(secret.reveal()).toBe(canary);
});

test.each<[how: string, printed: string]>([
  ['as text', `${secret}`],
  ['by String', String(secret)],
  ['by concatenation', `x${secret}`],
  ['as JSON', JSON.stringify(secret)],
  ['as JSON inside of something', JSON.stringify({ password: [secret] })],
  ['by inspect', inspect(secret)],
  ['by inspect inside of something', inspect({ password: secret }, { depth: 9, showHidden: true })],
  ['by inspect with hidden properties', inspect(secret, { showHidden: true, customInspect: true })],
  ['by inspect without custom inspection', inspect(secret, { customInspect: false, showHidden: true })],
  ['by format', format('%s %o %O %j', secret, secret, secret, secret)],
  ['by its keys and values', JSON.stringify([Object.entries(secret), Reflect.ownKeys(secret).map(String)])],
  ['by spreading', inspect({ ...secret })],
  ['by cloning', inspect(structuredClone(secret))],
])('%s it is not printed', (_, printed) => {
  expect(printed).not.toContain(canary);
});

test('as text, as JSON and by inspect it is <secret>', () => {
  expect([`${secret}`, JSON.stringify(secret), inspect(secret)]).toEqual(['<secret>', '"<secret>"', '<secret>']);
});

describe('names of secrets', () => {
  const secret = `
    key api_key api-key apiKey apikey APIKEY APIKey api_key_2 apikeys api_keys x-api-key X-Api-Key access_key accessKeyId
    AWSAccessKeyId access_key_id secret_key private_key signing-keys primary_key Ocp-Apim-Subscription-Key key1
    app_key appkey licenseKey ssh_keys hmac_key passkey api_key_id x-project-api-key
    token tokens access_token accessToken id_token refresh_token csrf-token bearer_tokens api_tokens tokenId authtoken
    X-Vault-Token token_file_content
    secret client_secret clientSecret secret_id
    pass password passwd passwort passphrase user_pass dbpass password2 pwd pw pw1
    auth oauth oauth2 Authorization Proxy-Authorization authorisation basic_auth authKey auth_user xauth authentication authcode
    session session_id sessionId sessionid JSESSIONID PHPSESSID ASP.NET_SessionId session_token sess_id sid connect.sid
    sig signature X-Amz-Signature X-Amz-Credential api_sig X-Amz-Security-Token hmac
    code otp totp pin jwt bearer client_assertion cookie set-cookie cookies credentials creds
    appid APPID ticket X-Ticket SAMLResponse device_code user_code accessCode verification_code mfa mfa_code tok user_tok
    sess X-Session xsrf csrf X-CSRF pword user_pword sas hdnts webhook webhook_url
    to%6ben %74oken api%5Fkey to%256ben %61ppid`;
  const open = `
    author authors coauthor author_id authority authorities authorized unauthorized authenticated auth_type auth_failures
    keys keyword keywords keyspace keyboard monkey turkey sort_key sortKey sortkey order-key partition_key foreign_key public_key
    key_type key_count keySize api_keys_total key_id keyId keyid X-Key-Id
    startkey endkey start_key endKey project_key projectKey issue_key event_key i18n_key
    X-Request-Key Idempotency-Key Surrogate-Key X-Trace-Token Accept-Signature
    password_policy cookie_policy secretary secretaries signatures
    sessions session_count session_state session_type max_sessions active-sessions sessionless
    passed passive bypass compass passenger tests_passed password_age
    signal signals design assigned significant signed
    max_tokens prompt_tokens completionTokens tokens_total token_type token_count tokenizer page_token pageToken nextToken
    next_page_token continuationToken $skiptoken stock tokyo
    page cursor offset limit q query status code_name barcode pinned spin opinion side inside process_id assess_id
    id user name client hint url app_id appId ticket_id tickets tickets_open device_codes zip_code country_code user_codes_total
    sassy mfa_enabled webhooks webhook_count response samlet 100%25 a%zz`;
  const list = (text: string) => text.trim().split(/\s+/);

  test.each(list(secret))('%s is one', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  test.each(list(open))('%s is none', (name) => {
    expect(isSecretName(name)).toBe(false);
  });

  test('of any length are judged at once', () => {
    const startMs = performance.now();
    for (const text of ['a', 'auth', 'aB', '_', 'key', 'sess']) isSecretName(text.repeat(60_000));
    expect(performance.now() - startMs).toBeLessThan(500);
  });
});
