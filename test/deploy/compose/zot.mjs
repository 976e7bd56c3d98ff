// Stands in for zot in the test of the Compose file: its metrics, for the users of the htpasswd that its configuration names.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import bcrypt from '/stand-in/bcryptjs/index.js';

const { http } = JSON.parse(readFileSync('/etc/zot/config.json', 'utf8'));
const users = new Map(
  readFileSync(http.auth.htpasswd.path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(':')),
);

createServer((request, response) => {
  const pair = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString();
  const [name = '', ...password] = pair.split(':');
  if (!bcrypt.compareSync(password.join(':'), users.get(name) ?? '')) response.writeHead(401).end('{"errors":[]}');
  else response.end('{"Counters":[{"Name":"zot.repo.downloads","Count":7,"LabelNames":["repo"],"LabelValues":["a"]}]}');
}).listen(Number(http.port), http.address);
