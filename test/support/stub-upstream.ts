import { createServer, type RequestListener, type ServerResponse } from 'node:http';

export interface StubUpstream {
  readonly url: string;
  /** Requests that arrived so far. */
  readonly requests: number;
  close(): Promise<void>;
}

/** An upstream on a free port of the loopback that answers as the test says. */
export async function startStubUpstream(answer: RequestListener): Promise<StubUpstream> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers with zot's JSON: one gauge a name. */
export function answerGauges(response: ServerResponse, gauges: Readonly<Record<string, number>>): void {
  const Gauges = Object.entries(gauges).map(([Name, Value]) => ({ Name, Value, LabelNames: [], LabelValues: [] }));
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ Gauges }));
}

/** zot's JSON of `rows` gauges whose labels make about `bytes` bytes of exposition. */
export function describeManyBytes(bytes: number): string {
  const padding = 'x'.repeat(2000);
  const Gauges = Array.from({ length: Math.ceil(bytes / 2020) }, (_, i) => ({
    Name: 'padded',
    Value: i,
    LabelNames: ['row', 'padding'],
    LabelValues: [String(i), padding],
  }));
  return JSON.stringify({ Gauges });
}

/** Holds whoever passes until it is released. */
export interface Hold {
  /** How many are held now. */
  readonly held: number;
  pass(): Promise<void>;
  /** Lets everybody through, those who come later too. */
  release(): void;
}

export function createHold(): Hold {
  let held = 0;
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    get held() {
      return held;
    },
    pass: async () => {
      held++;
      await released;
      held--;
    },
    release: () => release(),
  };
}
