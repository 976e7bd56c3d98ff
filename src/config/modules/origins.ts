import { parseUrl } from '../../model/url.js';
import { readText, type Section } from '../section.js';
import { localUrl } from '../values.js';

const ANY = '*.example';
const ORIGIN = `an origin such as https://api.example or https://${ANY}:8443`;
const LOCAL_HINT = 'file:///var/lib/x.json, file:///var/lib/folder/ for all below, unix:///run/x.sock';

/** `allow`: origins, `*.` in front of a host for any name below it; sockets; files, and folders with a slash at the end. */
export function readAllow(section: Section): readonly string[] | undefined {
  if (section.takeAny('allow') === undefined) return undefined;
  return section.list('allow').flatMap((cursor) => {
    const text = readText(cursor, section.reading) ?? '';
    const isOrigin = /^https?:\/\/(\*\.)?(\[[0-9a-f:.]+\]|[^/?#@*\\\s:]+)(:\d{1,5})?\/?$/i.test(text);
    if (isOrigin && parseUrl(text.replace('*.', '')) !== undefined) return [text.replace(/\/$/, '')];
    const local = readLocal(text);
    if (local !== undefined) return [local];
    if (/^(file|unix):/i.test(text))
      section.refuse(cursor, 'must be a file, a folder or a socket, without patterns', LOCAL_HINT);
    else section.refuse(cursor, `must be ${ORIGIN}`);
    return [];
  });
}

/** A file, a folder or a socket as its URL; undefined for a pattern, and for a socket with a path behind it. */
function readLocal(text: string): string | undefined {
  if (text.includes('*') || text.includes('?')) return undefined;
  if (/^unix:/i.test(text) && text.lastIndexOf(':') > 4) return undefined;
  const isFolder = /^file:\/\/\/./i.test(text) && text.endsWith('/');
  return localUrl.read(isFolder ? text.slice(0, -1) : text) === undefined ? undefined : new URL(text).href;
}
