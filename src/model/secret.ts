import { inspect } from 'node:util';

/** What stands in the place of a secret in every text that people see. */
export const MASK = '<secret>';

/** Text that cannot be printed by accident: only `reveal()` gives it; JSON, string and inspect give `<secret>`. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}

const BETWEEN_WORDS = /[^A-Za-z\d]+|(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/;

/** Every name of a secret has one of these in it: most names are done with that. */
const HINT =
  /key|tok|secret|pass|pwd|pw|auth|sig|sess|cred|cookie|jwt|bearer|assertion|hmac|psk|pin|sid|otp|code|appid|ticket|saml|srf|mfa|sas|hdn|webhook/i;

/** A name that says what is known about a secret, and is not one: `token_type`, `key_size`, `password_age`. */
const DESCRIPTION =
  /^(?:type|kind|counts?|total|size|length|len|age|names?|method|mode|status|algorithm|alg|version|format|usage|ttl|expir(?:y|es)|limit|rate|errors|fail(?:ed|ures)|hits|misses|attempts|enabled|polic(?:y|ies)|strength|consent|requirements)$/;

/** Words that no other word contains. */
const PART =
  /secret(?!ar(?:y|ies|ial|iat)$)|passw|passphrase|passcode|passkey|pwd|credential|cookie|jwt|bearer|assertion|signature(?!s$)|(?<!as)sess(?:ion)?id/;
/** Words, or ends of words, that are in too many others to be looked for in them. */
const WORD =
  /^(?:pw|pword|tok|csrf|xsrf|pin|sid|t?otp|sig|hmac|psk|creds?)$|^(?:|user|db|my|admin|root|basic|http|proxy)pass$/;
/** Whole names, but for an `X-` before them: their words are in the names of other things. */
const NAME =
  /^(?:code|session|sess|appid|ticket|saml(?:response|request|art)|(?:device|user|access|verification|mfa|sms)code|mfa|sas|hdn(?:ts|ea|tl)|webhook(?:url)?)$/;
/** Not `author`, `authority`, `authorized`, `authenticated`. */
const AUTH = /auth(?!or(?!i[sz]ation)|enticat(?:ed|or)|enticity)/;

/** `max_tokens` are words of a text; `page_token` is a place in a list, `trace_token` a place in a log. */
const COUNTED =
  /^(?:max|min|num|number|prompt|completion|input|output|reasoning|cached|used|remaining|generated|per|avg)$/;
const PAGE = /^(?:page|next|skip|continuation|sync|trace)$/;
const PAGE_TOKEN = /(?:page|next|skip|continuation|sync|trace)token$/;

/** `?keys=a,b` names fields; those of these kinds are secrets. */
const KEYS_KIND =
  /^(?:api|app|access|secret|private|ssh|sign(?:ing)?|encrypt(?:ion)?|master|auth|shared|licen[sc]e|account|service|subscription|hmac|root)$/;
/** Keys that are no secrets, and words that are none at all. */
const OPEN_KEY_KINDS = [
  ...[
    'sort',
    'order',
    'group',
    'partition',
    'foreign',
    'public',
    'cache',
    'routing',
    'row',
    'range',
    'index',
    'object',
  ],
  ...['start', 'end', 'first', 'last', 'next', 'prev', 'from', 'to', 'min', 'max', 'project', 'issue', 'event', 'i18n'],
  ...[
    'request',
    'idempotency',
    'surrogate',
    'trace',
    'correlation',
    'message',
    'translation',
    'dedup',
    'deduplication',
  ],
] as const;
const OPEN_KEY_KIND = new RegExp(`^(?:${OPEN_KEY_KINDS.join('|')})$`);
const OPEN_KEY_WORD = new RegExp(`^(?:mon|don|tur|hoc|joc|whis|hot|${OPEN_KEY_KINDS.join('|')})key$`);
/** Which key it is, and not the key: an `access_key_id` has a name of its own. */
const KEY_ID = /^key_?id$/;

/**
 * Whether a value under this name may be a secret: of a parameter, a header, a field of a document or of the log. This is
 * the one list of such names. Words are told apart as names write them (`api_key`, `apiKey`, `api-key`, `APIKEY`); a name
 * that describes a secret (`token_count`) is open. Percent-encoded letters (`to%6ben`) are decoded. Looks at 200 characters.
 */
export function isSecretName(name: string): boolean {
  const start = decodeLetters(name.slice(0, 200));
  if (!HINT.test(start)) return false;
  const words = start
    .split(BETWEEN_WORDS)
    .map((word) => word.toLowerCase().replace(/\d+$/, ''))
    .filter((word) => word !== '');
  const whole = (words.length > 1 && words[0] === 'x' ? words.slice(1) : words).join('_');
  if (KEY_ID.test(whole)) return false;
  if (words.length === 1 ? NAME.test(whole) : NAME.test(whole.replaceAll('_', '')) && whole !== 'app_id') return true;
  if (words[0] === 'accept') return false;
  if (words.length > 1 && DESCRIPTION.test(words.at(-1) ?? '')) return false;
  return words.some((word, i) => isSecretWord(word, words, i));
}

/** Each letter that is percent-encoded, up to three times over. */
function decodeLetters(name: string): string {
  let decoded = name;
  for (let i = 0; i < 3 && decoded.includes('%'); i++) {
    decoded = decoded.replace(/%([2-7][\da-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  }
  return decoded;
}

function isSecretWord(word: string, words: readonly string[], i: number): boolean {
  const before = words[i - 1] ?? '';
  if (PART.test(word) || WORD.test(word) || AUTH.test(word)) return true;
  if (/^sess(?:ion)?$/.test(word)) return words[i + 1] === 'id';
  if (word.includes('token')) {
    if (word.startsWith('tokeni') || PAGE.test(before) || PAGE_TOKEN.test(word)) return false;
    return word !== 'tokens' || !words.some((each) => COUNTED.test(each));
  }
  if (word.endsWith('keys')) return KEYS_KIND.test(word.slice(0, -4)) || KEYS_KIND.test(before);
  if (word.endsWith('keyid')) return true;
  return word.endsWith('key') && !OPEN_KEY_WORD.test(word) && !OPEN_KEY_KIND.test(before);
}
