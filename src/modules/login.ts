import { randomBytes } from 'node:crypto';
import { compileTextTemplate, TemplateError } from '../gotemplate/template.js';
import { loadPathCompiler } from '../jsonpath/compiler.js';
import { parseDocument } from '../jsonpath/document.js';
import { type CompiledPath, PathFailure, PathSyntaxError } from '../jsonpath/path.js';
import { type Problem, toZxpError, ZxpError } from '../model/errors.js';
import type { LoginRecipe, LoginSecrets } from '../model/login.js';
import type { LoginSpec, LoginText } from '../model/module.js';
import { limitUnits } from '../model/work.js';
import { decodeJson } from '../translate/document/decode.js';

/** Of the reply of a login, which is short. */
const REPLY_LIMITS = { depth: 64, nodes: 10_000 };

/** Of the path of the token: a tenth of a second. */
const MAX_UNITS = 10_000_000;

type TextRenderer = (secrets: LoginSecrets) => string;

/** Compiles the templates and the path of a login. What does not compile is a problem. */
export async function compileLogin(spec: LoginSpec, problems: Problem[]): Promise<LoginRecipe> {
  const headers = spec.headers.map(([name, text]) => [name, compileText(text, problems)] as const);
  const body = spec.body === undefined ? undefined : compileText(spec.body, problems);
  const path = spec.token.kind === 'path' ? await compilePath(spec.token, problems) : undefined;
  return {
    render: (secrets) => ({
      headers: headers.map(([name, render]) => [name, render(secrets)]),
      body: body?.(secrets),
    }),
    findToken: (reply) => toToken(path?.select(decode(reply), limitUnits(MAX_UNITS, tooCostly))),
  };
}

/** The one match that is a text or a number. */
function toToken(found: readonly unknown[] | PathFailure | undefined): string | undefined {
  if (found === undefined || found instanceof PathFailure || found.length !== 1) return undefined;
  const [token] = found;
  const isScalar = typeof token === 'string' || typeof token === 'number' || typeof token === 'bigint';
  return isScalar && token !== '' ? String(token) : undefined;
}

function tooCostly(): ZxpError {
  return new ZxpError('limit', 'logging in: the path of the token costs too much for the reply', {
    hint: "name the place of the token, without ..: path: '{.token}'",
  });
}

function decode(reply: Uint8Array): unknown {
  try {
    return decodeJson(reply, REPLY_LIMITS, { parse: parseDocument });
  } catch (thrown) {
    const { code, message } = toZxpError(thrown);
    throw new ZxpError(code, `logging in: ${message}`);
  }
}

function compileText({ text, where }: LoginText, problems: Problem[]): TextRenderer {
  try {
    const template = compileTextTemplate(text, { now: () => new Date(), randomBytes });
    // A name that is wrong is found before there are secrets to go astray.
    template.render(toTexts({ username: 'user', password: 'password' }));
    return (secrets) => {
      try {
        return template.render(toTexts(secrets));
      } catch (cause) {
        throw new ZxpError('config', `the template ${where} does not take this user and password`, { cause });
      }
    };
  } catch (thrown) {
    if (!(thrown instanceof TemplateError)) throw thrown;
    const { line, column, message, hint } = thrown;
    problems.push({ where, message: `is not a template: ${message} at line ${line}, column ${column}`, hint });
    return () => text;
  }
}

function toTexts({ username, password }: LoginSecrets): ReadonlyMap<string, string> {
  return new Map(Object.entries({ username, password }));
}

async function compilePath(
  { name, where }: LoginSpec['token'],
  problems: Problem[],
): Promise<CompiledPath | undefined> {
  const compile = await loadPathCompiler([name]);
  try {
    return compile(name, { allowMissingKey: false, strictNumbers: false });
  } catch (thrown) {
    if (!(thrown instanceof PathSyntaxError)) throw thrown;
    problems.push({ where, message: `is no path: ${thrown.message}` });
    return undefined;
  }
}
