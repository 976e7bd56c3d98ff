import type { RequestListener } from 'node:http';

/** Answers well, says the caller's Authorization back, babbles, breaks off or says nothing, by turns. */
export function answerInMoods(): RequestListener {
  let turn = 0;
  return ({ headers: { authorization = '' } }, response) => {
    switch (turn++ % 5) {
      case 0:
        return response.end('{"Gauges":[],"n":1}');
      case 1:
        return response.writeHead(401, { 'www-authenticate': authorization }).end(authorization);
      case 2:
        return response.end(`{"${authorization}`);
      case 3:
        return response.destroy();
      default:
        return undefined;
    }
  };
}
