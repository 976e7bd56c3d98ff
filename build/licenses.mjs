/** Says under which licences the packages in a bundle are. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The name, version and licence of each package that `output` has code of. Throws where one does not say. */
export function describeLicenses(output) {
  const packages = new Map();
  for (const { moduleIds = [] } of output) {
    for (const id of moduleIds.filter((each) => each.includes('/node_modules/'))) {
      const folder = findPackage(dirname(id));
      packages.set(folder, describePackage(folder));
    }
  }
  const texts = [...packages.values()].sort();
  return `The files of this folder have code of these packages.\n\n${texts.join('\n')}`;
}

/** The nearest folder whose package.json has a name; some packages have nameless ones in their folders. */
function findPackage(folder) {
  const path = join(folder, 'package.json');
  return existsSync(path) && readManifest(folder).name !== undefined ? folder : findPackage(dirname(folder));
}

function describePackage(folder) {
  const { name, version, license } = readManifest(folder);
  if (typeof license !== 'string') throw new Error(`${name} ${version} says no licence`);
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice)\b/i.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
  const rule = '-'.repeat(80);
  return [rule, `${name} ${version} (${license})`, rule, '', ...texts, ''].join('\n');
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}
