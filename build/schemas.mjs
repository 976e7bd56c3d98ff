/**
 * `npm run schemas`: compiles every JSON Schema of src/ to src/schema/validators.js, which the sources import. zxp then
 * neither compiles schemas at each start nor carries ajv, and tests run the same validators as users.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The file that holds the validators, from the root of the repository. */
export const validatorsFile = 'src/schema/validators.js';

/** The text of that file for the schemas that src/ has now. */
export async function renderValidators() {
  const schemas = await collectSchemas();
  const ajv = new Ajv({ strict: true, strictRequired: false, strictTypes: false, code: { source: true, esm: true } });
  const names = schemas.map((schema, i) => ajv.addSchema(JSON.parse(schema), `validator${i}`) && `validator${i}`);
  const rows = schemas.map((schema, i) => `  [${JSON.stringify(schema)}, ${names[i]}],`);
  const code = standalone(ajv, Object.fromEntries(names.map((name) => [name, name])));
  return `// Made by \`npm run schemas\`.\n${code}\nexport const validators = new Map([\n${rows.join('\n')}\n]);\n`;
}

/** Runs the modules of src/ that have schemas, with a table that only takes them down, as JSON. */
async function collectSchemas() {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((name) => join(root, 'src', name))
    .filter((path) => path.endsWith('.ts') && readFileSync(path, 'utf8').includes("/schema/guard.js';"));
  const table = join(root, validatorsFile);
  const entry = [...sources.sort().map((path) => `import '${path}';`), `export { schemas } from '${table}';`];
  const recorder = `export const schemas = [];
export const validators = { get: (schema) => { schemas.push(schema); return () => true; } };`;
  const build = await rolldown({
    input: 'schemas',
    platform: 'node',
    treeshake: false,
    checks: { bundlerTimings: false },
    plugins: [
      {
        name: 'schemas',
        resolveId: (id) => {
          if (id === 'schemas') return id;
          return id.endsWith('/validators.js') ? table : null;
        },
        load: (id) => {
          if (id === 'schemas') return entry.join('\n');
          return id === table ? { code: recorder, moduleType: 'js' } : null;
        },
      },
    ],
  });
  const { output } = await build.generate({ format: 'esm', codeSplitting: false });
  await build.close();
  const { schemas } = await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);
  return [...new Set(schemas)];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(root, validatorsFile), await renderValidators());
}
