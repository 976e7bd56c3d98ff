import { describe, expect, test } from 'vitest';
import { ZxpError } from '../../src/model/errors.js';
import type { RenderTask } from '../../src/model/ports.js';
import { createRenderPool, type RenderPoolOptions } from '../../src/workers/pool.js';
import { findWorker } from '../../src/workers/worker-url.js';
import { eventually } from '../support/eventually.js';
import { forThisTest } from '../support/for-this-test.js';
import { countOpenResources, untilNoMoreThan } from '../support/open-resources.js';
import { usualLimits } from '../translate/mapping/scrape-document.js';
import { readRecipe, zotRecipe } from './scrape-both-ways.js';

const MEBIBYTE = 1024 * 1024;

/** A worker that does what a document says, and tells it first; its samples are how often it was told to forget. */
const script = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    const begun = new BroadcastChannel('begun');
    let forgotten = 0;
    const answer = () =>
      parentPort.postMessage({ chunks: [], samples: forgotten, drops: { samples: new Map(), examples: [] }, details: [] });
    const deeds = {
      answer,
      exit: () => process.exit(3),
      throw: () => { throw new Error('canary'); },
      refuse: () => parentPort.postMessage({ failure: { code: 'limit', message: 'too much' } }),
      hang: () => { for (;;); },
      wait: () => undefined,
      grow: () => { let list; for (;;) list = { list }; },
    };
    parentPort.on('message', (message) => {
      if (message.kind === 'forget') forgotten++;
      else {
        const deed = Buffer.from(message.task.body).toString().trim();
        begun.postMessage(deed);
        deeds[deed]();
      }
    });
  `)}`,
);

type Deed = 'answer' | 'refuse' | 'exit' | 'throw' | 'hang' | 'wait' | 'grow';

function task(text: string): RenderTask {
  return { body: new TextEncoder().encode(text), limits: usualLimits, format: 'text', factNames: [] };
}

/** Resolves when a thread begins a deed. */
function untilBegun(deed: Deed): Promise<void> {
  const channel = new BroadcastChannel('begun');
  return new Promise<void>((resolve) => {
    channel.onmessage = (event) => {
      if (typeof event === 'object' && event !== null && 'data' in event && event.data === deed) resolve();
    };
  }).finally(() => channel.close());
}

/** A pool of one thread, and what it renders of a document. */
function open(options: Partial<RenderPoolOptions> = {}) {
  const pool = forThisTest(
    createRenderPool({ script, maxThreads: () => 1, heapBytes: 64 * MEBIBYTE, idleMs: 60_000, ...options }),
  );
  const renderer = pool.open(zotRecipe);
  const render = (deed: Deed, more: { readonly signal?: AbortSignal } = {}) =>
    renderer.render(task(deed), more.signal ?? new AbortController().signal);
  return { pool, renderer, render };
}

describe('a thread', () => {
  test('starts when it is needed, and is used again', async () => {
    const { pool, render } = open();
    expect(pool.threads).toBe(0);
    await render('answer');
    await render('answer');
    expect(pool.threads).toBe(1);
  });

  test.each(['exit', 'throw'] as const)('that comes to its end by %s fails its scrape alone', async (deed) => {
    const { pool, render } = open();
    const failing = render(deed);
    const next = render('answer');
    await expect(failing).rejects.toMatchObject({ name: 'ZxpError', code: 'internal' });
    await expect(next).resolves.toMatchObject({ samples: 0 });
    expect(pool.threads).toBe(1);
  });

  test('that cannot start fails its scrape', async () => {
    const { render } = open({ script: new URL('file:///nowhere/worker.js') });
    await expect(render('answer')).rejects.toMatchObject({ code: 'internal' });
    await expect(render('answer')).rejects.toMatchObject({ code: 'internal' });
  });

  test('that runs out of memory is the limit of its scrape, and the process lives', async () => {
    const { render } = open({ heapBytes: 32 * MEBIBYTE });
    const error = await render('grow').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'limit', message: 'the reply needs more memory than there is' });
    expect(error).toMatchObject({ hint: expect.stringContaining('--max-old-space-size') });
    await expect(render('answer')).resolves.toMatchObject({ samples: 0 });
  });

  test.each(['hang', 'wait'] as const)('is ended where the signal aborts amid %s', async (deed) => {
    const { pool, render } = open();
    const controller = new AbortController();
    const reason = new ZxpError('timeout', 'over');
    const begun = untilBegun(deed);
    const rendering = render(deed, { signal: controller.signal });
    await begun;
    controller.abort(reason);
    await expect(rendering).rejects.toBe(reason);
    await eventually('the thread is gone', () => pool.threads === 0);
    await expect(render('answer')).resolves.toMatchObject({ samples: 0 });
  });

  test('ends with a document that was too much for it, and another one takes the next', async () => {
    const { pool, render } = open();
    await expect(render('refuse')).rejects.toMatchObject({ code: 'limit', message: 'too much' });
    await eventually('the thread is gone', () => pool.threads === 0);
    await render('answer');
    expect(pool.threads).toBe(1);
  });

  test('does nothing for a signal that has aborted', async () => {
    const { pool, render } = open();
    const reason = new ZxpError('cancelled', 'gone');
    await expect(render('answer', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(pool.threads).toBe(0);
  });

  test('ends when it had nothing to do for a while', async () => {
    const { pool, render } = open({ idleMs: 1 });
    await render('answer');
    await eventually('the thread is gone', () => pool.threads === 0);
    await expect(render('answer')).resolves.toMatchObject({ samples: 0 });
  });

  test('leaves a body that shares its memory with others where it is', async () => {
    const { renderer } = open();
    const shared = Buffer.from('answer, and more').subarray(0, 6);
    await renderer.render({ ...task(''), body: shared }, new AbortController().signal);
    expect(shared.toString()).toBe('answer');
  });
});

describe('documents', () => {
  test('are rendered by so many threads at once, and wait in the order in which they came', async () => {
    const { pool, render } = open({ maxThreads: () => 2 });
    const controllers = [new AbortController(), new AbortController()];
    const held = controllers.map(({ signal }) => render('wait', { signal }).catch((thrown: unknown) => thrown));
    const order: number[] = [];
    const waiting = [0, 1, 2].map((i) => render('answer').then(() => order.push(i)));
    expect(pool).toMatchObject({ threads: 2, queued: 3 });
    controllers[0]?.abort('enough');
    await Promise.all(waiting);
    expect(order).toEqual([0, 1, 2]);
    expect(pool).toMatchObject({ threads: 2, queued: 0 });
    controllers[1]?.abort('enough');
    expect(await Promise.all(held)).toEqual(['enough', 'enough']);
  });

  test('leave the queue when their signal aborts', async () => {
    const { pool, render } = open();
    const first = new AbortController();
    const held = render('wait', { signal: first.signal }).catch((thrown: unknown) => thrown);
    const second = new AbortController();
    const waiting = render('answer', { signal: second.signal });
    second.abort('too late');
    await expect(waiting).rejects.toBe('too late');
    expect(pool.queued).toBe(0);
    first.abort('enough');
    expect(await held).toBe('enough');
  });

  test('take as many threads as the setting says by now', async () => {
    const setting = { workers: 1 };
    const { pool, render } = open({ maxThreads: () => setting.workers });
    const controller = new AbortController();
    const held = [0, 1].map(() => render('wait', { signal: controller.signal }).catch((thrown: unknown) => thrown));
    expect(pool.threads).toBe(1);
    setting.workers = 2;
    const last = render('answer');
    expect(pool).toMatchObject({ threads: 2, queued: 1 });
    controller.abort('enough');
    expect(await Promise.all(held)).toEqual(['enough', 'enough']);
    await last;
  });
});

describe('recipes', () => {
  test('go to a thread once, and those of several modules stand side by side', async () => {
    const { pool } = open({ script: findWorker('render') });
    const texts = ['one', 'two'].map(
      (name) => `modules: { m: { metrics: [{ name: ${name}, path: $.n }] } }\ntargets: []`,
    );
    const renderers = texts.map((text) => pool.open(readRecipe(text)));
    for (const _time of ['new', 'known']) {
      for (const [i, renderer] of renderers.entries()) {
        const { chunks } = await renderer.render(task('{"n":7}'), new AbortController().signal);
        expect(Buffer.concat(chunks).toString()).toMatch(new RegExp(`^${['one', 'two'][i]} 7$`, 'm'));
      }
    }
    expect(pool.threads).toBe(1);
  });

  test('are forgotten when the renderer is closed, and again after what was under way', async () => {
    const { pool, renderer, render } = open();
    const other = pool.open(zotRecipe);
    const countForgotten = async () => (await other.render(task('answer'), new AbortController().signal)).samples;
    const underWay = render('answer');
    renderer.close();
    await underWay;
    expect(await countForgotten()).toBe(1);
    renderer.close();
    expect(await countForgotten()).toBe(1);
    await render('answer');
    expect(await countForgotten()).toBe(2);
  });
});

test('closing ends every thread, whatever it does, and leaves nothing behind', async () => {
  const before = countOpenResources();
  const { pool, render } = open({ maxThreads: () => 3 });
  await render('answer');
  const lost = (['hang', 'wait'] as const).map((deed) =>
    expect(render(deed)).rejects.toMatchObject({ code: 'internal' }),
  );
  await pool.close();
  await Promise.all(lost);
  expect(pool.threads).toBe(0);
  await untilNoMoreThan(before);
});
