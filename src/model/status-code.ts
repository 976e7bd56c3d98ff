/** 2xx. */
export function isSuccess(statusCode: number): boolean {
  return statusCode >= 200 && statusCode <= 299;
}

/** 3xx. */
export function isRedirect(statusCode: number): boolean {
  return statusCode >= 300 && statusCode <= 399;
}

/** Whether the body of a response with this status is a document: 2xx, or one of those that the module lists. */
export function isWantedStatus(statusCode: number, validStatusCodes: readonly number[]): boolean {
  return validStatusCodes.length === 0 ? isSuccess(statusCode) : validStatusCodes.includes(statusCode);
}
