import { createHash } from 'node:crypto';

/** Characters of a name of a metric or label at most. */
const MAX_NAME_LENGTH = 200;

/** Characters of a path in a help text at most. */
const MAX_PATH_LENGTH = 200;

const HASH_LENGTH = 8;

/**
 * The name of what is under a key of something with this name: both, with `_` between them and in place of every
 * character that Prometheus does not take. One that gets too long ends in a hash of its key, so that two of them do not
 * become one.
 */
export function extendName(name: string, key: string): string {
  const part = key.slice(0, MAX_NAME_LENGTH + 1).replace(/[^a-zA-Z0-9_]/g, '_') || '_';
  const joined = name === '' ? part.replace(/^(?=[0-9])/, '_') : `${name}_${part}`;
  if (joined.length <= MAX_NAME_LENGTH) return joined;
  const hash = createHash('sha256').update(name).update('\0').update(key).digest('hex').slice(0, HASH_LENGTH);
  return `${joined.slice(0, MAX_NAME_LENGTH - HASH_LENGTH - 1)}_${hash}`;
}

/** The name of a label after a key, which never begins with `__`: those are Prometheus'. */
export function toLabel(key: string): string {
  const name = extendName('', key);
  return name.startsWith('__') ? `label${name}` : name;
}

/** The path of what is under a key, as people write it: `$.nodes[*].load`. A long one is cut. */
export function extendPath(path: string, key: string): string {
  if (path.length > MAX_PATH_LENGTH) return path;
  const isPlain = key.length <= MAX_PATH_LENGTH && /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(key);
  return cutPath(isPlain ? `${path}.${key}` : `${path}[${JSON.stringify(key.slice(0, MAX_PATH_LENGTH))}]`);
}

/** The same of each element. */
export function extendPathToElements(path: string): string {
  return path.length > MAX_PATH_LENGTH ? path : cutPath(`${path}[*]`);
}

function cutPath(path: string): string {
  return path.length > MAX_PATH_LENGTH ? `${path.slice(0, MAX_PATH_LENGTH)}...` : path;
}
