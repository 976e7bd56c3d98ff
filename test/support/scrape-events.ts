import { DropTally } from '../../src/model/drops.js';
import type { ScrapeEvent, ScrapeOutcome } from '../../src/model/scrape.js';

/** A scrape of the upstream that went well, but for what is given. */
export function toEvent(outcome: Partial<ScrapeOutcome>, event: Partial<ScrapeEvent> = {}): ScrapeEvent {
  return {
    id: '1',
    target: 'upstream',
    isConfigured: true,
    module: 'zot',
    url: new URL('http://registry:8080/metrics'),
    isPassThrough: false,
    ...event,
    outcome: { up: true, statusCode: 200, durationSeconds: 0.02, samples: 1, drops: new DropTally(), ...outcome },
  };
}
