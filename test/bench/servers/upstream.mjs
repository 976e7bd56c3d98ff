/**
 * The upstream of every figure: answers each request with the document whose size the Authorization header names. It
 * speaks HTTP on a bare socket, with answers made beforehand, so that it takes little from the cores that are measured.
 */
import { createServer } from 'node:net';
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
  const series = Number(/^authorization: Bearer (\d+)/im.exec(head)?.[1] ?? 20);
  const known = answers.get(series);
  if (known !== undefined) return known;
  const body = makePayload(series);
  const answer = Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}${HEAD_END}`),
    body,
  ]);
  answers.set(series, answer);
  return answer;
}
