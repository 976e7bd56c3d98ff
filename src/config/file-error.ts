/** The system's words for what is wrong with a file: `no such file or directory`. */
export function explainFileError(cause: unknown): string {
  return cause instanceof Error ? cause.message.replace(/^\w+: ([^,]+),.*$/s, '$1') : String(cause);
}
