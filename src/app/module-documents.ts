import type { ScrapeLimits } from '../model/limits.js';
import type { DocumentRenderer } from '../model/ports.js';
import type { DocumentReader } from '../model/read-task.js';
import type { CompiledModule } from '../modules/compile-modules.js';
import { createDocumentReader } from '../scrape/document-reader.js';
import type { RenderPool } from '../workers/pool.js';

/** What reads the documents of a module. */
export interface ModuleDocuments {
  /** Undefined where there are no threads. */
  readonly render: DocumentRenderer | undefined;
  readonly read: DocumentReader;
  close(): void;
}

/** Opens what reads the documents of a module: in threads where there is a pool of them. */
export function openModuleDocuments(
  { recipe, plan, discover }: Pick<CompiledModule, 'recipe' | 'plan' | 'discover'>,
  { pool, limits }: { readonly pool: RenderPool | undefined; readonly limits: ScrapeLimits },
): ModuleDocuments {
  const renderer = pool?.open(recipe);
  const now = () => performance.now();
  return {
    render: renderer?.render,
    read: createDocumentReader({ plan, discover }, { limits, now, inThread: renderer?.read }),
    close: () => renderer?.close(),
  };
}
