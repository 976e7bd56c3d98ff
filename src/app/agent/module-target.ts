import { formatRules } from '../../exposition/format.js';
import { negotiateFormat } from '../../exposition/negotiate.js';
import type { ZxpError } from '../../model/errors.js';
import type { ScrapeOutcome } from '../../model/scrape.js';
import type { AgentPathSpec } from '../../model/tunnel.js';
import type { MetricFilter } from '../../tunnel/agent/metric-filter.js';
import { failure } from '../../tunnel/agent/scrape-handler.js';
import type { FetchTarget } from '../../tunnel/agent/target.js';
import type { Runtime } from '../runtime.js';
import { createScraper } from '../scrape-plans.js';
import { toTargetFailure } from './target-failure.js';

export interface ModuleTargetOptions {
  readonly spec: AgentPathSpec;
  readonly module: string;
  readonly runtime: Runtime;
  readonly filter: MetricFilter | undefined;
  /** Of the exposition. */
  readonly maxBodyBytes: number;
  readonly onInternal: (error: ZxpError) => void;
}

/**
 * Requests a JSON API and translates its response: the JSON does not leave this machine. A failure is `target_up 0` with
 * a reason, as on `/probe`. Never rejects.
 */
export function createModuleTarget(options: ModuleTargetOptions): FetchTarget {
  const { spec, module, runtime, filter, maxBodyBytes, onInternal } = options;
  const scrape = createScraper();
  return async ({ accept, query, authorization, signal }) => {
    try {
      const { collector } = runtime.planModule(module, { url: spec.url, query: new URLSearchParams(query) });
      const format = negotiateFormat(filter?.narrowAccept(accept) ?? accept);
      const headers = authorization === '' ? [] : [['authorization', authorization] as const];
      const { registry, outcome } = await scrape(collector, { headers, signal, format });
      const chunks: Buffer[] = [];
      let length = 0;
      for await (const chunk of registry.write(format)) {
        chunks.push(chunk);
        length += chunk.length;
        if (length > maxBodyBytes)
          return failure(413, 'too_large', `the exposition is larger than ${maxBodyBytes} bytes`);
      }
      const { contentType } = formatRules[format];
      const body = Buffer.concat(chunks, length);
      return {
        statusCode: 200,
        contentType,
        body: filter?.apply(body, contentType) ?? body,
        coding: 'identity',
        ...(outcome.up ? { outcome: 'success' } : { outcome: 'down', reason: describeFailure(outcome) }),
      };
    } catch (thrown) {
      return toTargetFailure(thrown, onInternal);
    }
  };
}

/** `target_scrape_error`'s reason and what happened, as the exporter logs them. */
function describeFailure({ reason, message }: ScrapeOutcome): string {
  return [reason, message].filter((part) => part !== undefined).join(': ');
}
