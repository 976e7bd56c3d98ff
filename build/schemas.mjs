/** Compiles the JSON Schemas of src/ while zxp is built: zxp then neither does it at each start nor carries ajv. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { rolldown } from 'rolldown';

const COMPILER = 'src/schema/compile.ts';

/** A plugin that puts validators of every schema in src/ in place of the compiler of schemas. */
export function compiledSchemas(root) {
  return replaceModule(join(root, COMPILER), async () => writeValidators(await collectSchemas(root)));
}

/** Runs the modules of src/ that have schemas, with a compiler that only takes them down. */
async function collectSchemas(root) {
  const compiler = join(root, COMPILER);
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((name) => join(root, 'src', name))
    .filter((path) => path.endsWith('.ts') && readFileSync(path, 'utf8').includes("/schema/guard.js';"));
  const entry = [...sources.sort().map((path) => `import '${path}';`), `export { schemas } from '${compiler}';`];
  const build = await rolldown({
    input: 'schemas',
    platform: 'node',
    treeshake: false,
    checks: { bundlerTimings: false },
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === 'schemas' ? id : null),
        load: (id) => (id === 'schemas' ? entry.join('\n') : null),
      },
      replaceModule(
        compiler,
        () => 'export const schemas = []; export const compileSchema = (schema) => schemas.push(schema);',
      ),
    ],
  });
  const { output } = await build.generate({ format: 'esm', codeSplitting: false });
  await build.close();
  const { schemas } = await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);
  return schemas;
}

/** A module with the interface of the compiler, which knows these schemas and no other. */
function writeValidators(schemas) {
  const ajv = new Ajv({ strict: true, strictRequired: false, strictTypes: false, code: { source: true, esm: true } });
  const names = schemas.map((schema, i) => ajv.addSchema(schema, `validator${i}`) && `validator${i}`);
  const rows = schemas.map((schema, i) => `  [${JSON.stringify(JSON.stringify(schema))}, ${names[i]}],`);
  return `${standalone(ajv, Object.fromEntries(names.map((name) => [name, name])))}
const validators = new Map([
${rows.join('\n')}
]);
export function compileSchema(schema) {
  const validator = validators.get(JSON.stringify(schema));
  if (validator === undefined) throw new Error('a schema that the build did not see');
  return validator;
}
`;
}

function replaceModule(path, write) {
  return {
    name: `replace ${path}`,
    load: async (id) => (id === path ? { code: await write(), moduleType: 'js' } : null),
  };
}
