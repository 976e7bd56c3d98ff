import type { FetchPlan } from '../model/fetch-plan.js';
import type { UpstreamClient } from '../model/ports.js';
import type { DocumentReader } from '../model/read-task.js';
import { fetchChildren } from './follow.js';
import { fetchPages } from './pages.js';
import { PlanRun } from './plan-run.js';

/**
 * A client whose every response is what a fetch plan makes of several: the first page with the elements of all pages,
 * and the responses of the follow-up requests. All of them go to the origin of the request, with its headers and its
 * signal, and count together against the limits. Rejects as soon as one of them fails that the plan does not skip.
 */
export function withFetchPlan(
  client: UpstreamClient,
  { plan, read }: { readonly plan: FetchPlan; readonly read: DocumentReader },
): UpstreamClient {
  return async (request) => {
    // At the latest when all is over: a response is given back as soon as it is parsed, as the next one may wait for its
    // memory, but one that fails a check before that is not parsed.
    const releases: (() => void)[] = [];
    const release = () => {
      for (const each of releases) each();
    };
    const counted: UpstreamClient = async (each) => {
      const response = await client(each);
      if (response.release !== undefined) releases.push(response.release);
      return response;
    };
    try {
      const run = new PlanRun(request, { client: counted, read });
      const first = plan.pages === undefined ? await run.fetchFirst(request.url) : await fetchPages(run, plan.pages);
      const { follow } = plan;
      const whole = follow === undefined || !run.isWanted(first) ? first : await fetchChildren(run, follow, first);
      return { ...whole, release };
    } catch (thrown) {
      release();
      throw thrown;
    }
  };
}
