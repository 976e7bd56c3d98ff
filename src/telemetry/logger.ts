import type { LogFields, Logger, LogLevel } from '../model/ports.js';
import { maskSentence } from '../net/masking.js';
import { readFields } from './derived-loggers.js';
import { redactFields } from './redact.js';
import { createLogger as createWinston, printf, StreamTransport } from './winston.js';

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: 'logfmt' | 'json';
  /** Where lines go; the logger never closes it. */
  readonly stream: NodeJS.WritableStream;
  readonly clock: () => Date;
}

/** A logger whose level and format can change while it is in use. */
export interface AdjustableLogger extends Logger {
  adjust(options: Pick<LoggerOptions, 'level' | 'format'>): void;
}

/** Logs one line per event: `ts`, `level`, `msg`, then the fields, redacted. */
export function createLogger(options: LoggerOptions): AdjustableLogger {
  let current = options.format;
  const line = printf(({ level, message, fields }) => {
    const entries = {
      ts: options.clock().toISOString(),
      level,
      msg: maskSentence(String(message)),
      ...toRecord(fields),
    };
    return current === 'json' ? JSON.stringify(entries) : toLogfmt(entries);
  });
  const winston = createWinston({
    level: options.level,
    format: line,
    transports: [new StreamTransport({ stream: options.stream })],
  });
  const write =
    (level: LogLevel) =>
    (message: string, fields: LogFields | (() => LogFields) = {}) => {
      if (!winston.isLevelEnabled(level)) return;
      winston.log({ level, message, fields: redactFields(readFields(fields)) });
    };
  return {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    adjust: (next) => {
      winston.level = next.level;
      current = next.format;
    },
  };
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** `key=value`, quoted where the value has anything but plain characters. */
function toLogfmt(entries: Readonly<Record<string, unknown>>): string {
  return Object.entries(entries)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${quote(String(value))}`)
    .join(' ');
}

function quote(value: string): string {
  return /^[^\s"=\\\p{Cc}]+$/u.test(value) ? value : JSON.stringify(value);
}
