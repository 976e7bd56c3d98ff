/**
 * The upstream of every figure: answers `/mapping/N` with a list of N objects of which everything is mapped, and anything else with zot's document of as
 * many series as the Authorization header names. It speaks HTTP on a bare socket, with answers made beforehand, so that
 * it takes little from the cores that are measured.
 */
import { createServer } from 'node:net';
import { makeMappingPayload } from '../mapping-payload.mjs';
import { makePayload } from '../payload.mjs';

const HEAD_END = '\r\n\r\n';
const answers = new Map();

const server = createServer({ noDelay: true }, (socket) => {
  let pending = '';
  socket.setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.on('data', (text) => {
    const heads = (pending + text).split(HEAD_END);
    pending = heads.pop() ?? '';
    for (const head of heads) socket.write(answerTo(head));
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stderr.write(`listening=http://127.0.0.1:${server.address().port}\n`);
});

function answerTo(head) {
  const objects = /^GET \/mapping\/(\d+)/.exec(head)?.[1];
  if (objects !== undefined) return makeOnce(`${objects} objects`, () => makeMappingPayload(Number(objects), 'mapped'));
  const series = Number(/^authorization: Bearer (\d+)/im.exec(head)?.[1] ?? 20);
  return makeOnce(`${series} series`, () => makePayload(series));
}

function makeOnce(name, makeBody) {
  const known = answers.get(name);
  if (known !== undefined) return known;
  const body = makeBody();
  const answer = Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}${HEAD_END}`),
    body,
  ]);
  answers.set(name, answer);
  return answer;
}
