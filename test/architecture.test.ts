import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** Which folders of src each folder may import, beside itself. */
const everybody = ['model', 'golang', 'async'];
const mayImport: Readonly<Record<string, readonly string[]>> = {
  model: [],
  golang: [],
  async: ['model'],
  schema: everybody,
  net: everybody,
  files: everybody,
  gotemplate: everybody,
  jsonpath: everybody,
  cel: everybody,
  config: [...everybody, 'schema', 'net', 'files', 'gotemplate', 'jsonpath', 'cel'],
  auth: [...everybody, 'net', 'files', 'config'],
  upstream: [...everybody, 'net', 'files'],
  telemetry: [...everybody, 'net', 'files'],
  cluster: [...everybody, 'schema', 'telemetry'],
  exposition: [...everybody, 'net'],
  translate: [...everybody, 'schema', 'jsonpath', 'cel'],
  modules: [...everybody, 'config', 'gotemplate', 'jsonpath', 'cel', 'translate', 'net'],
  infer: [...everybody, 'translate'],
  diagnose: [...everybody, 'net'],
  scrape: [...everybody, 'net', 'exposition', 'translate'],
  workers: [
    ...everybody,
    'config',
    'modules',
    'jsonpath',
    'cel',
    'translate',
    'scrape',
    'exposition',
    'schema',
    'infer',
  ],
  tunnel: [...everybody, 'net', 'files', 'schema', 'exposition'],
  ui: ['model'],
  server: [...everybody, 'auth', 'exposition', 'net'],
  app: [
    ...everybody,
    'schema',
    'net',
    'files',
    'gotemplate',
    'jsonpath',
    'cel',
    'config',
    'auth',
    'upstream',
    'telemetry',
    'cluster',
    'exposition',
    'translate',
    'modules',
    'infer',
    'diagnose',
    'scrape',
    'workers',
    'tunnel',
    'server',
  ],
  cli: [...everybody, 'net', 'files', 'app', 'config'],
};

/** Which folders may import each package; a package that is not here may not be imported at all. */
const packageRooms: Readonly<Record<string, readonly string[]>> = {
  express: ['server'],
  logform: ['telemetry'],
  undici: ['upstream/http'],
  ajv: ['schema'],
  'prom-client': ['exposition', 'telemetry'],
  winston: ['telemetry'],
  commander: ['cli'],
  yaml: ['config'],
  'smol-toml': ['config'],
  'ipaddr.js': ['net'],
  negotiator: ['exposition'],
  jose: ['upstream'],
  'json-p3': ['jsonpath'],
  re2js: ['jsonpath', 'cel', 'translate', 'tunnel'],
  '@marcbachmann/cel-js': ['cel'],
  '@bufbuild/protobuf': ['tunnel', 'exposition'],
  bcryptjs: ['app', 'workers'],
};

interface Import {
  readonly file: string;
  readonly room: string;
  readonly specifier: string;
}

function listFiles(): readonly string[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(src, name));
}

function roomOf(file: string): string {
  return relative(src, file).split('/')[0] ?? '';
}

/** The text without comments, so that words in them are no imports. */
function readCode(file: string): string {
  return readFileSync(file, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '');
}

const imports: readonly Import[] = listFiles().flatMap((file) =>
  [
    ...readCode(file).matchAll(/^(?:import|export)\b[^;']*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm),
  ].map((match) => ({
    file: relative(src, file),
    room: roomOf(file),
    specifier: match[1] ?? match[2] ?? match[3] ?? '',
  })),
);

const inside = imports.filter(({ specifier }) => /^\..*\.js$/.test(specifier));
const packages = imports.filter(({ specifier }) => !specifier.startsWith('.') && !specifier.startsWith('node:'));

describe('the rooms of src', () => {
  test('there are imports to judge', () => {
    expect(inside.length).toBeGreaterThan(100);
    expect(packages.length).toBeGreaterThan(5);
  });

  test('every folder has its row in the table', () => {
    const rooms = new Set(listFiles().map(roomOf));
    expect([...rooms].filter((room) => mayImport[room] === undefined)).toEqual([]);
  });

  test('a folder imports only the folders that the table allows', () => {
    const trespasses = inside.filter(({ file, room, specifier }) => {
      const target = roomOf(resolve(src, dirname(file), specifier));
      return target !== room && !mayImport[room]?.includes(target);
    });
    expect(trespasses).toEqual([]);
  });

  test('a package is imported only where the table allows it', () => {
    const trespasses = packages.filter(({ file, room, specifier }) => {
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');
      return !packageRooms[name]?.some((place) => place === room || file.startsWith(`${place}/`));
    });
    expect(trespasses).toEqual([]);
  });

  test('of a package that is loaded in parts, one file says which; others take its types alone', () => {
    const loaders = ['server/express-application.ts', 'telemetry/winston.ts', 'upstream/http/undici.ts'];
    const isPart = (specifier: string) => /^(express|winston|logform|undici)(\/|$)/.test(specifier);
    const loads = listFiles().flatMap((file) =>
      [...readCode(file).matchAll(/^(?:import|export) (?!type\b)[^;']*?\bfrom '([^']+)'/gm)]
        .filter(([, specifier = '']) => isPart(specifier))
        .map(() => relative(src, file)),
    );
    expect([...new Set(loads)].sort()).toEqual(loaders);
  });

  test('there is no import cycle between files', () => {
    const edges = new Map<string, string[]>();
    for (const { file, specifier } of inside) {
      const target = relative(src, resolve(src, dirname(file), specifier)).replace(/\.js$/, '.ts');
      edges.set(file, [...(edges.get(file) ?? []), target]);
    }
    expect(findCycle(edges)).toBeUndefined();
  });

  test('no folder imports a folder that imports it', () => {
    const folderOf = (file: string): string => dirname(file);
    const isWithin = (inner: string, outer: string): boolean => `${inner}/`.startsWith(`${outer}/`);
    const edges = new Map<string, Set<string>>();
    for (const { file, specifier } of inside) {
      const target = folderOf(relative(src, resolve(src, dirname(file), specifier)));
      if (isWithin(target, folderOf(file)) || isWithin(folderOf(file), target)) continue;
      edges.set(folderOf(file), (edges.get(folderOf(file)) ?? new Set()).add(target));
    }
    const mutual = [...edges].flatMap(([folder, targets]) =>
      [...targets]
        .filter((target) => folder < target && edges.get(target)?.has(folder))
        .map((target) => [folder, target]),
    );
    expect(mutual).toEqual([]);
  });

  test('process belongs to cli', () => {
    expect(findUses(/\bprocess\.(?!\.)/, ['cli'])).toEqual([]);
  });

  test('whether a text is a URL is for parseUrl to say', () => {
    expect(findUses(/\bURL\.canParse\(/, [])).toEqual([]);
  });

  test('the wall clock belongs to app and to the compiler of modules', () => {
    expect(findUses(/\bDate\.now\(|\bnew Date\(\)/, ['app', 'modules'])).toEqual([]);
  });

  test('there are no casts and no non-null assertions', () => {
    expect(findUses(/\bas (?!const\b)[A-Za-z{[(]|[\w)\]]!(?=[.;,)\]])/, [])).toEqual([]);
  });
});

function findUses(pattern: RegExp, allowedRooms: readonly string[]): readonly string[] {
  return listFiles()
    .filter((file) => !allowedRooms.includes(roomOf(file)))
    .flatMap((file) =>
      stripTextAndImports(readCode(file))
        .split('\n')
        .filter((line) => pattern.test(line))
        .map((line) => `${relative(src, file)}: ${line.trim()}`),
    );
}

/** Without string contents, and without `import { x as y }`, which is no cast. */
function stripTextAndImports(code: string): string {
  return code
    .replace(/^import [\s\S]*?;$/gm, '')
    .replace(/^export \{[\s\S]*?;$/gm, '')
    .replace(/`(?:[^`\\]|\\.)*`|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");
}

function findCycle(edges: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of edges.get(file) ?? []) {
      const cycle = visit(next, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of edges.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
