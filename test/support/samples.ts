/** The value of one series, written as the exposition writes it: `zxp_scrapes_total{reason=""}`. */
export function findSample(exposition: string, series: string): number | undefined {
  const line = exposition.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

/** The lines that are samples of the target, without zxp's facts. */
export function samplesOf({ samples }: { readonly samples: readonly string[] }): readonly string[] {
  return samples.filter((line) => !line.startsWith('target_'));
}
