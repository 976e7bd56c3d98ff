import type { HeaderList } from '../model/ports.js';
import { isSecretName, MASK } from '../model/secret.js';
import { parseUrl } from '../model/url.js';

/** Headers that everybody may see; of all others only the name is shown. */
const OPEN_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'cache-control',
  'date',
  'server',
  'user-agent',
  'www-authenticate',
  'location',
  'retry-after',
  'etag',
  'vary',
  'age',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'last-modified',
  'expires',
]);
const OPEN_PREFIXES = ['accept-', 'content-', 'x-ratelimit-'] as const;

/** A shorter text than this is in too many others to be looked for in them. */
const MIN_SECRET_CHARACTERS = 4;

/** Masks secrets in a text. Takes time in proportion to the text, whatever is in it. */
export type Masker = (text: string) => string;

/**
 * Makes a masker of these secrets, wherever and in whatever usual encoding they appear, and of parameters with telling
 * names, or one of `secretParams`.
 */
export function createMasker(secrets: Iterable<string>, secretParams: readonly string[] = []): Masker {
  const known = [...new Set([...secrets].flatMap(listEncodings))].filter(
    (each) => each.length >= MIN_SECRET_CHARACTERS,
  );
  // The longest first: one secret may begin with another.
  known.sort((a, b) => b.length - a.length);
  return (text) =>
    known.reduce((masked, secret) => masked.replaceAll(secret, MASK), maskParameters(text, secretParams));
}

/** A shorter value may be in the words of a URL or of zxp itself: `metric` is in `/metrics`. */
const MIN_CHARACTERS_IN_OWN_TEXT = 8;

/** Makes a masker for URLs that zxp requests: of parameters as above, and of secrets that are long enough to be told from words. */
export function createUrlMasker(secrets: Iterable<string>, secretParams: readonly string[] = []): Masker {
  return createMasker(
    [...secrets].filter(({ length }) => length >= MIN_CHARACTERS_IN_OWN_TEXT),
    secretParams,
  );
}

/** Makes a masker for texts of zxp's own, as above: secrets that are a word, such as `application`, stay, as they are in its places. */
export function createOwnTextMasker(secrets: Iterable<string>): Masker {
  return createUrlMasker([...secrets].filter((secret) => !/^\p{L}+$/u.test(secret)));
}

function listEncodings(secret: string): readonly string[] {
  const base64 = Buffer.from(secret, 'utf8').toString('base64');
  return [secret, encodeURIComponent(toWellFormed(secret)), base64, base64.replace(/=+$/, '')];
}

/** A lone surrogate has no encoding. */
function toWellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

/**
 * The secrets of a request as it was sent: values of headers that are not shown, each credential by itself, the user and
 * password of Basic, the values of cookies, and those of parameters with names of secrets.
 */
export function listSentSecrets(
  { url, headers }: { readonly url: URL; readonly headers: HeaderList },
  secretParams: readonly string[] = [],
): readonly string[] {
  const ofHeaders = headers.filter(([name]) => !isOpenHeader(name)).flatMap(([name, value]) => listParts(name, value));
  const ofParams = [...url.searchParams].filter(([name]) => isSecretName(name) || secretParams.includes(name));
  return [...ofHeaders, ...ofParams.map(([, value]) => value)];
}

function listParts(name: string, value: string): readonly string[] {
  if (name.toLowerCase() === 'cookie') {
    return value.split(';').map((pair) => pair.slice(pair.indexOf('=') + 1).trim());
  }
  const place = value.indexOf(' ');
  const credential = value.slice(place + 1).trim();
  if (place < 0) return [value];
  if (value.slice(0, place).toLowerCase() !== 'basic') return [value, credential];
  const pair = Buffer.from(credential, 'base64').toString('utf8');
  return [value, credential, pair, pair.slice(pair.indexOf(':') + 1)];
}

/** Headers with the values that may be secrets masked, and known secrets in all others. Of credentials a known scheme stays. */
export function maskHeaders(headers: HeaderList, mask: Masker = maskParameters): HeaderList {
  return headers.map(([name, value]) => [name, maskHeader(name.toLowerCase(), value, mask)]);
}

const SCHEME = /^(Basic|Bearer|Digest|Negotiate|NTLM|Token|ApiKey) (?=.)/i;

function maskHeader(name: string, value: string, mask: Masker): string {
  if (name === 'www-authenticate') return mask(maskChallenges(value));
  if (REFERENCE_HEADERS.has(name)) return mask(maskReference(value));
  if (isOpenHeader(name)) return mask(value);
  return name === 'authorization' ? `${SCHEME.exec(value)?.[0] ?? ''}${MASK}` : MASK;
}

/** Their values are URLs, or relative to one. */
const REFERENCE_HEADERS: ReadonlySet<string> = new Set(['location', 'content-location']);

/** For references alone: they are relative to nothing that is requested. */
const NO_BASE = 'http://localhost';

/** A URL or a relative reference without its fragment, in which tokens come back from logins, its user and password masked. */
function maskReference(text: string): string {
  const reference = text.replace(/#.*$/s, '');
  const url = parseUrl(reference, NO_BASE);
  if (url === undefined) return maskUserinfo(reference);
  const { username, password, protocol, host, pathname, search } = url;
  if (username === '' && password === '') return reference;
  const scheme = parseUrl(reference) === undefined ? '' : protocol;
  return `${scheme}//${MASK}@${host}${pathname}${search}`;
}

/** Whether everybody may see the values of a header. */
export function isOpenHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return OPEN_HEADERS.has(lower) || OPEN_PREFIXES.some((prefix) => lower.startsWith(prefix));
}

/** A URL with its user and password, and the values of parameters with names of secrets, masked. */
export function maskUrl({ href }: URL, secretParams: readonly string[] = []): string {
  return maskParameters(maskUserinfo(href), secretParams);
}

/** The mask of a URL in a sentence, which goes on behind it. */
const MASKED_ALREADY = /^<secret>(?:[):,]*(?:["'\s]|$)|,[\w-]+=)/;

/**
 * A text with the values of parameters with names of secrets masked, as URLs and forms have them; and those of URLs that are
 * the values of other parameters, with their users and passwords.
 */
export function maskParameters(text: string, secretParams: readonly string[] = []): string {
  return maskInParameters(text, secretParams, MAX_ENCODINGS);
}

function maskInParameters(text: string, secretParams: readonly string[], encodings: number): string {
  if (!text.includes('=')) return text;
  let isInSecret = false;
  // Each part begins with what separates it from the one before. A `?` or `;` may be part of a value.
  const parts = text.split(/(?=[?&#;])/).map((part) => {
    const separator = part.charAt(0);
    if (isInSecret && (separator === '?' || separator === ';')) return '';
    const end = /^[?&;]/.test(separator) ? part.indexOf('=') : -1;
    // Behind the semicolon of a sentence are words.
    const place = separator === ';' && /\S\s/.test(part.slice(1, end)) ? -1 : end;
    isInSecret = place >= 0 && isSecretParam(part.slice(1, place), secretParams);
    if (place >= 0 && !isInSecret) {
      return part.slice(0, place + 1) + maskValue(part.slice(place + 1), secretParams, encodings);
    }
    if (!isInSecret || MASKED_ALREADY.test(part.slice(place + 1))) return part;
    return part.slice(0, place + 1) + MASK;
  });
  return parts.join('');
}

/** How often a value is decoded, and up to which length. */
const MAX_ENCODINGS = 4;
const MAX_ENCODED_CHARACTERS = 8192;

/** What a parameter of another name has: where that is a URL, encoded as often as it may be, what is secret in that is masked. */
function maskValue(text: string, secretParams: readonly string[], encodings: number): string {
  return text.replace(/[^\s"']+/g, (word) => maskEncoded(word, secretParams, encodings));
}

function maskEncoded(value: string, secretParams: readonly string[], encodings: number): string {
  const open = value.replace(USERINFO, `$1${MASK}@`);
  if (!open.includes('%')) return open;
  if (encodings === 0 || open.length > MAX_ENCODED_CHARACTERS) {
    return /%(?:25)*(?:3d|40)/i.test(open) ? MASK : open;
  }
  const decoded = decode(open);
  const parts = maskInParameters(decoded.replace(USERINFO, `$1${MASK}@`), secretParams, encodings - 1);
  const url = parts.replace(/#.*[=@].*$/s, `#${MASK}`);
  // Where nothing is in it, all of it may be encoded again.
  const masked = url === decoded ? maskValue(decoded, secretParams, encodings - 1) : url;
  return masked === decoded ? open : encode(masked);
}

function decode(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
}

/** The mask stays readable, however often it is encoded. */
function encode(text: string): string {
  return encodeURIComponent(toWellFormed(text)).replace(/%(?:25)*3Csecret%(?:25)*3E/g, MASK);
}

function isSecretParam(name: string, secretParams: readonly string[]): boolean {
  const [decoded = ''] = new URLSearchParams(name).keys();
  return isSecretName(decoded) || secretParams.includes(decoded);
}

/**
 * A text in which somebody wrote a URL, without the user and the password that it may have: all up to the last `@`, as a
 * password may hold any character, and a URL with one may lack its scheme.
 */
export function maskUserinfo(text: string): string {
  const end = text.lastIndexOf('@');
  if (end < 0) return text;
  const scheme = text.slice(0, end).indexOf('://');
  const isScheme = scheme > 0 && scheme < 40 && /^\w+$/.test(text.slice(0, scheme));
  return `${isScheme ? text.slice(0, scheme + 3) : ''}${MASK}@${text.slice(end + 1)}`;
}

const SCHEME_AND_CREDENTIAL = /\b(Basic|Bearer|Digest|Negotiate)\s+[^\s,;"']+/gi;
const USERINFO = /(\/\/)[^/?#\s]+@/g;

/**
 * A sentence, as the log has it, with credentials behind a scheme, and of its URLs user, password and parameters with names
 * of secrets masked.
 */
export function maskSentence(text: string): string {
  const masked = maskSchemes(text).replace(USERINFO, `$1${MASK}@`);
  return masked.includes('=') ? mapWords(masked, (word) => maskParameters(word)) : masked;
}

function maskSchemes(text: string): string {
  return text.replace(SCHEME_AND_CREDENTIAL, `$1 ${MASK}`);
}

function mapWords(text: string, change: (word: string) => string): string {
  return text
    .split(/(?=\s)|(?<=\s)/)
    .map(change)
    .join('');
}

/** `"NAME":` within a text, as JSON and its relatives have it; `NAME: ` at the start of a line. */
const QUOTED_NAME = /["']([^"'\\]{1,200})\\{0,8}["']\s{0,9}:/g;
const NAME_OF_LINE = /^[ \t-]{0,50}([\w.-]{1,100}):[ \t]/gm;
const ASSIGNMENT = /(^|[;,&?])([\w.%-]{1,100})=[^;,&]*/g;

/**
 * Any text with what may be a secret masked: credentials behind a scheme; of URLs user, password, parameters with telling
 * names and fragment; assignments to names of secrets. All of it where it has fields with names of secrets in another form.
 */
export function maskText(text: string): string {
  const names = [QUOTED_NAME, NAME_OF_LINE].flatMap((each) => [...text.matchAll(each)]);
  return names.some(([, name = '']) => isSecretName(name)) ? MASK : mapWords(maskSchemes(text), maskWord);
}

const CHALLENGE_PART = /"((?:[^"\\]|\\.)*)"?|([\w-]{1,40}=)?([^",\s]+)/g;

/** Challenges of a server, with what is secret in their URLs masked; each parameter ends where it does. */
function maskChallenges(challenges: string): string {
  return challenges.replace(CHALLENGE_PART, (whole, quoted: string | undefined, name = '', word = '') => {
    if (quoted === undefined) return name + maskUrlWord(word);
    return `"${mapWords(quoted, maskUrlWord)}${whole.length > 1 && whole.endsWith('"') ? '"' : ''}`;
  });
}

function maskUrlWord(word: string): string {
  return word.includes('://') || word.includes('@') ? maskWord(word) : maskParameters(word);
}

function maskWord(word: string): string {
  const isUrl = word.includes('://');
  const end = word.lastIndexOf('@');
  const isDigest = /^sha\d{3}:/.test(word.slice(end + 1));
  const hasUser = !isDigest && end > 0 && word.lastIndexOf(':', end) > 0;
  const open = isUrl || hasUser ? maskUserinfo(word) : word;
  const masked = maskParameters(open).replace(ASSIGNMENT, (whole, before: string, name: string) =>
    isSecretName(name) ? `${before}${name}=${MASK}` : whole,
  );
  return isUrl ? masked.replace(/#.+$/s, `#${MASK}`) : masked;
}
