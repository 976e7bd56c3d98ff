import type { LogFields, Logger } from '../../src/model/ports.js';

/** Appends each message with its fields as JSON, behind its level. */
export function recordTo(logged: string[]): Logger {
  const record = (level: string) => (message: string, fields?: LogFields) => {
    logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  };
  return { error: record('error'), warn: record('warn'), info: record('info'), debug: record('debug') };
}
