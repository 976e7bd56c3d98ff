import type { LogFields, Logger } from '../../src/model/ports.js';
import { readFields } from '../../src/telemetry/derived-loggers.js';

/** Appends each message with its fields as JSON, behind its level. */
export function recordTo(logged: string[]): Logger {
  const record = (level: string) => (message: string, fields?: LogFields | (() => LogFields)) => {
    logged.push(`${level} ${message} ${JSON.stringify(readFields(fields))}`);
  };
  return { error: record('error'), warn: record('warn'), info: record('info'), debug: record('debug') };
}
