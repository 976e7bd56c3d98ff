/** The naive exporter as a server: express as it comes, undici's `request`, and the Gauge API, a registry a request. */
import express from 'express';
import { request as ask } from 'undici';
import { exposeNaively } from '../naive.mjs';

const [upstreamUrl] = process.argv.slice(2);
const app = express();
app.get('/metrics', async (request, response) => {
  const { body } = await ask(`${upstreamUrl}/metrics`, { headers: { authorization: request.headers.authorization } });
  response.type('text/plain; version=0.0.4').send(await exposeNaively(await body.json()));
});
const server = app.listen(0, '127.0.0.1', () => {
  process.stderr.write(`listening=http://127.0.0.1:${server.address().port}\n`);
});
