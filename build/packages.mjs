/** Says which packages a bundle has code of: as a list, with their licences, and as a bill of materials. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The packages that `output` has code of, by name. Throws where one does not say its licence. */
export function findPackages(output) {
  const ids = output.flatMap(({ moduleIds = [] }) => moduleIds);
  const bundled = ids.filter((id) => id.includes('/node_modules/'));
  const sources = new Map();
  for (const id of bundled) {
    const folder = findFolder(dirname(id));
    sources.set(folder, [...(sources.get(folder) ?? []), id]);
  }
  const byName = (a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1);
  return [...sources].map(([folder, files]) => ({ ...readPackage(folder), files })).sort(byName);
}

/** The nearest folder whose package.json has a name; some packages have nameless ones in their folders. */
function findFolder(folder) {
  const path = join(folder, 'package.json');
  return existsSync(path) && readManifest(folder).name !== undefined ? folder : findFolder(dirname(folder));
}

function readPackage(folder) {
  const { name, version, license } = readManifest(folder);
  if (typeof license !== 'string') throw new Error(`${name} ${version} says no licence`);
  return { name, version, license, folder };
}

export function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** Every package with the licences and notices that it comes with, as text. */
export function describeLicenses(packages) {
  const rule = '-'.repeat(80);
  const texts = packages.map(({ name, version, license, folder, files }) =>
    [rule, `${name} ${version} (${license})`, rule, '', ...readLicenses(folder, files), ''].join('\n'),
  );
  return `The files of this folder have code of these packages.\n\n${texts.join('\n')}`;
}

/** The files of the package that tell its licence; where it has none, what its sources begin with. */
function readLicenses(folder, sources) {
  const names = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)\b/i.test(file));
  if (names.length === 0) return [...new Set(sources.map(readHeader).filter((text) => text !== ''))];
  return names.sort().map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
}

/** The comment that a source file begins with, without its slashes. */
function readHeader(path) {
  const [header = ''] = /^(\/\/.*\n)*/.exec(readFileSync(path, 'utf8')) ?? [];
  return header.replaceAll(/^\/\/ ?/gm, '').trim();
}

/** A bill of materials in CycloneDX's form, with no time and no serial number in it: it changes with the packages only. */
export function describeMaterials(product, packages) {
  const materials = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: toComponent('application', product) },
    components: packages.map((each) => toComponent('library', each)),
  };
  return `${JSON.stringify(materials, undefined, 2)}\n`;
}

function toComponent(type, { name, version, license }) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const licenses = [license.includes(' ') ? { expression: license } : { license: { id: license } }];
  return { type, 'bom-ref': purl, name, version, licenses, purl };
}
