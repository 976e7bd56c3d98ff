import { isHeaderName } from '../../model/header-syntax.js';
import type { LoginSpec, LoginText } from '../../model/module.js';
import { parseUrl } from '../../model/url.js';
import { readSecret } from '../secret-source.js';
import { readText, type Section } from '../section.js';
import { oneOf, positiveDuration, type ValueKind } from '../values.js';

/** Headers that say how a message is framed or whom it is for, and the one that has its own key. */
const NOT_TO_SEND = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|content-.*|cookie)$/i;

const loginMethod = oneOf(['GET', 'POST']);

const loginUrl: ValueKind<URL | string> = {
  expected: "a path on the target's own origin such as /api/login, or an http or https URL without a user",
  read: (value) => {
    if (typeof value !== 'string' || /[#\\\s]/.test(value)) return undefined;
    if (/^\/(?!\/)/.test(value)) return value;
    return /^https?:\/\/[^@]+$/i.test(value) ? parseUrl(value) : undefined;
  },
};

/** `login` of a module: how a user and a password become a token, and how requests show it. */
export function readLogin(module: Section): LoginSpec | undefined {
  const section = module.section('login');
  if (section === undefined) return undefined;
  const { where } = section;
  const body = readLoginText(section, 'body');
  const method = section.read('method', loginMethod) ?? 'POST';
  if (method === 'GET' && body !== undefined)
    section.refuse(section.placeOf('body'), 'a GET has no body', 'method: POST');
  const headers = readLoginHeaders(section);
  const url = section.read('url', loginUrl);
  const username = readSecret(section, 'username');
  const password = readSecret(section, 'password');
  const token = readToken(section);
  const send = readSend(section, token);
  const ttlMs = section.read('ttl', positiveDuration);
  if (section.take('url') === undefined) section.needs('url', { hint: 'url: /api/login' });
  if (section.take('token') === undefined) section.needs('token', { hint: "token: { path: '{.token}' }" });
  section.finish();
  if (url === undefined || token === undefined) return undefined;
  return {
    kind: 'login',
    where,
    url,
    method,
    headers: withJson(headers, body),
    body,
    username,
    password,
    token,
    send,
    ttlMs,
  };
}

/** The content type of requests to JSON APIs, unless the file says otherwise. */
function withJson(headers: LoginSpec['headers'], body: LoginText | undefined): LoginSpec['headers'] {
  const hasType = headers.some(([name]) => name.toLowerCase() === 'content-type');
  if (body === undefined || hasType) return headers;
  return [...headers, ['Content-Type', { text: 'application/json', where: body.where }]];
}

function readLoginText(section: Section, key: string): LoginText | undefined {
  const cursor = section.take(key);
  const text = cursor === undefined ? undefined : readText(cursor, section.reading);
  return cursor === undefined || text === undefined || text === '' ? undefined : { text, where: cursor.where };
}

function readLoginHeaders(section: Section): LoginSpec['headers'] {
  return (section.section('headers')?.entries() ?? []).flatMap(({ key, cursor }) => {
    const text = readText(cursor, section.reading);
    if (!isHeaderName(key)) section.refuse(cursor, 'invalid header name', 'remove blanks, colons and the like');
    return text === undefined ? [] : [[key, { text, where: cursor.where }] as const];
  });
}

function readToken(section: Section): LoginSpec['token'] | undefined {
  const inner = section.section('token');
  if (inner === undefined) return undefined;
  const found = (['path', 'header', 'cookie'] as const).flatMap((kind) => {
    const name = inner.text(kind) ?? '';
    return name === '' ? [] : [{ kind, name, where: inner.where }];
  });
  inner.finish();
  if (found.length !== 1)
    return inner.refuse(inner, 'needs one of path, header and cookie', "token: { path: '{.token}' }");
  return found[0];
}

/** A cookie goes back under its own name, anything else as a Bearer token, unless the file says otherwise. */
function readSend(section: Section, token: LoginSpec['token'] | undefined): LoginSpec['send'] {
  const inner = section.section('send');
  const header = inner?.text('header') ?? '';
  const cookie = inner?.text('cookie') ?? '';
  const prefix = inner?.text('prefix');
  inner?.finish();
  if (inner !== undefined && header !== '' && cookie !== '')
    inner.refuse(inner, 'header and cookie are both set', 'keep one');
  if (inner !== undefined && prefix !== undefined && cookie !== '')
    inner.refuse(inner.placeOf('prefix'), 'a cookie has no prefix', 'remove it');
  if (inner !== undefined && !/^[^;=\s]*$/.test(cookie)) inner.refuse(inner.placeOf('cookie'), 'invalid cookie name');
  if (cookie !== '') return { kind: 'cookie', name: cookie, prefix: '' };
  if (header === '' && prefix === undefined && token?.kind === 'cookie')
    return { kind: 'cookie', name: token.name, prefix: '' };
  const name = header === '' ? 'Authorization' : header;
  if (inner !== undefined && (!isHeaderName(name) || NOT_TO_SEND.test(name))) {
    inner.refuse(
      inner.placeOf('header'),
      'not a header that can be sent',
      'send: { header: X-Auth-Token }, or { cookie: session }',
    );
  }
  return { kind: 'header', name, prefix: prefix ?? (name.toLowerCase() === 'authorization' ? 'Bearer ' : '') };
}
