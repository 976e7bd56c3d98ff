const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** Unix milliseconds of `2027-01-01T00:00:00Z` (RFC 3339, the zone included); undefined for any other text. */
export function parseInstant(text: string): number | undefined {
  const [, year, month, day, hour] = INSTANT.exec(text) ?? [];
  const milliseconds = Date.parse(text);
  if (hour === undefined || Number.isNaN(milliseconds)) return undefined;
  // Dates that no calendar has are taken for those that follow.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour)));
  return date.getUTCDate() === Number(day) && date.getUTCHours() === Number(hour) ? milliseconds : undefined;
}
