import type { CompiledPath, PathOptions } from '../path.js';
import { createSingularPath } from '../singular-path.js';
import { createTemplateSteps, type SingularSteps } from '../singular-steps.js';
import { createGeneralTemplate } from './general.js';
import type { TemplateNode } from './nodes.js';
import { parseTemplate } from './parser.js';
import { createTextTemplate } from './text.js';

/**
 * Compiles a template of the Kubernetes JSONPath language: literal text and blocks in braces. It behaves as in
 * json_exporter but for what `strictNumbers: false` lifts. Throws PathSyntaxError where Go's parser refuses it; what
 * Go refuses only when it evaluates (`{word}`, `{.a[3]}` of two elements) is a failure of the document asked.
 *
 * A singular block (`{.a.b[0]}`) is walked step by step, and so are those between text (`planet-{.name}`). Everything
 * else is evaluated over lists of matches.
 */
export function compileTemplate(source: string, options: PathOptions): CompiledPath {
  const nodes = parseTemplate(source);
  const parts = nodes.map(toPart);
  const [first] = parts;
  if (parts.length === 1 && typeof first === 'object') return createSingularPath(source, { steps: first, options });
  const general = createGeneralTemplate(source, { nodes, options });
  return parts.every(isSimplePart) ? createTextTemplate(general, { parts, options }) : general;
}

/** Literal text, or the steps of a singular block; undefined for a block of another kind. */
function toPart(node: TemplateNode): string | SingularSteps | undefined {
  if (node.type === 'text') return node.text;
  const keys: (string | number)[] = [];
  for (const step of node.type === 'list' ? node.nodes : [node]) {
    if (step.type === 'field') keys.push(step.name);
    else if (step.type === 'array' && step.isIndex) keys.push(step.start ?? 0);
    else return undefined;
  }
  return createTemplateSteps(keys);
}

function isSimplePart(part: string | SingularSteps | undefined): part is string | SingularSteps {
  return part !== undefined;
}
