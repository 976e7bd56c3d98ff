/** `npm run build`: makes dist/, which holds all that bin/zxp loads. Ends with 1 and the reason where that cannot be. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, bundleUi, findWorkers, root } from './bundle.mjs';
import { describeLicenses, describeMaterials, findPackages, readManifest } from './packages.mjs';

const dist = join(root, 'dist');
const packages = findPackages(await bundle({ zxp: 'src/cli/main.ts', ...findWorkers() }, dist));
await bundleUi(dist);
writeFileSync(join(dist, 'THIRD_PARTY_LICENSES'), describeLicenses(packages));
writeFileSync(join(dist, 'sbom.cdx.json'), describeMaterials(readManifest(root), packages));
