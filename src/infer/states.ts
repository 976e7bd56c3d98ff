/** One to three words in letters, as APIs name states; nothing with a digit, which could be somebody's. */
const STATE = /^[A-Za-z]{1,24}(?:[ _-][A-Za-z]{1,24}){0,2}$/;

export function isStateText(text: string): boolean {
  return text.length <= 32 && STATE.test(text);
}

/** Words of a field that has a state. */
const STATE_WORDS = new Set(
  `state status health phase mode condition result outcome severity level colour color availability readiness
  lifecycle stage verdict conclusion alert`.split(/\s+/),
);

/** Whether a field of this name has a state, and no free text. */
export function namesState(words: readonly string[]): boolean {
  return STATE_WORDS.has(words.at(-1) ?? '');
}

/** States that belong together: where a document has some of them, and they are of no other family, the others can come. */
const families: readonly (readonly string[])[] = [
  ['green', 'yellow', 'red'],
  ['True', 'False', 'Unknown'],
  ['up', 'down'],
  ['UP', 'DOWN'],
  ['running', 'idle'],
  ['running', 'stopped'],
  ['healthy', 'unhealthy'],
  ['ok', 'warning'],
  ['pending', 'running'],
  ['passing', 'warning', 'critical', 'maintenance'],
  ['up', 'draining', 'down', 'unavail', 'checking', 'unhealthy'],
  ['running', 'idle', 'flow', 'down'],
  ['UP', 'DOWN', 'OUT_OF_SERVICE', 'UNKNOWN'],
  ['healthy', 'degraded', 'unhealthy'],
  ['starting', 'healthy', 'unhealthy', 'none'],
  ['ok', 'warning', 'critical', 'unknown'],
  ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'],
  ['running', 'stopped', 'paused', 'restarting', 'exited', 'dead', 'created'],
  ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'],
  ['pending', 'running', 'success', 'failed', 'canceled'],
  ['PENDING', 'RUNNING', 'SUCCESS', 'FAILED', 'CANCELED'],
  ['SUCCESS', 'UNSTABLE', 'FAILURE', 'NOT_BUILT', 'ABORTED'],
  ['RUNNING', 'PAUSED', 'FAILED', 'UNASSIGNED'],
  ['Running', 'Idle'],
  ['active', 'standby'],
  ['alive', 'left', 'failed'],
];

/** Of these one alone shows the family. */
const DISTINCTIVE = new Set(['green', 'yellow', 'passing', 'UNSTABLE', 'NOT_BUILT', 'draining', 'OUT_OF_SERVICE']);

/** The states of a state set: those of the document, and those that are known to belong to them. */
export function completeStates(found: readonly string[]): readonly string[] {
  const fitting = families.filter((family) => found.every((state) => family.includes(state)));
  const [only, another] = fitting;
  const isClear = found.length > 1 || found.some((state) => DISTINCTIVE.has(state));
  if (only !== undefined && another === undefined && isClear) return only;
  return fitting.find((family) => family.length === found.length) ?? [...found].sort();
}

const PAIRS: readonly (readonly [yes: string, no: string])[] = [
  ['on', 'off'],
  ['yes', 'no'],
  ['true', 'false'],
  ['enabled', 'disabled'],
  ['open', 'closed'],
  ['online', 'offline'],
  ['connected', 'disconnected'],
  ['active', 'inactive'],
  ['locked', 'unlocked'],
];

/** The words of a pair such as on and off as 1 and 0, in the letter case that is found; undefined for other words. */
export function binaryWords(found: readonly string[]): readonly (readonly [word: string, value: number])[] | undefined {
  for (const pair of PAIRS) {
    for (const form of [lower, upper, capital]) {
      const [yes, no] = [form(pair[0]), form(pair[1])];
      if (found.length > 0 && found.every((word) => word === yes || word === no))
        return [
          [yes, 1],
          [no, 0],
        ];
    }
  }
  return undefined;
}

const lower = (word: string): string => word;
const upper = (word: string): string => word.toUpperCase();
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
