/**
 * The floor: a process that does nothing but read a file and JSON.parse it. For each message `{minMs}` it parses at
 * least once and until that much CPU time is over, and answers with the CPU milliseconds of one parse.
 */
import { readFileSync } from 'node:fs';

const [file] = process.argv.slice(2);

process.on('disconnect', () => process.exit());
process.on('message', ({ minMs }) => {
  const text = readFileSync(file).toString();
  const start = process.cpuUsage();
  let times = 0;
  let ms = 0;
  // A look at the clock costs as much as parsing a small document: look seldom.
  const batch = Math.max(1, Math.floor(100_000 / text.length));
  do {
    for (let i = 0; i < batch; i++) JSON.parse(text);
    times += batch;
    const { user, system } = process.cpuUsage(start);
    ms = (user + system) / 1000;
  } while (ms < minMs);
  process.send({ cpuMs: ms / times });
});
process.send('ready');
