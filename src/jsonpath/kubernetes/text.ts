import { TextSink } from '../../golang/text-sink.js';
import { noValue } from '../../golang/values.js';
import { type CompiledPath, PathFailure, type PathOptions } from '../path.js';
import { finish, writeValue } from '../render.js';
import { numberOfText } from '../sample-value.js';
import { nothing, type SingularSteps, walkSteps } from '../singular-steps.js';

interface TextProgram {
  readonly parts: readonly (string | SingularSteps)[];
  readonly options: PathOptions;
}

/** A template of literal text and singular blocks. What it selects is left to the general evaluation. */
export function createTextTemplate(general: CompiledPath, program: TextProgram): CompiledPath {
  const { source } = general;
  const select = (document: unknown) => general.select(document);
  const render = createRenderer(program);
  if (program.parts.some((part) => typeof part !== 'string')) {
    return { source, text: render, number: (document) => numberOfText(render(document)), select };
  }
  const text = render(noValue);
  const number = numberOfText(text);
  return { source, text: () => text, number: () => number, select };
}

function createRenderer({ parts, options }: TextProgram): (document: unknown) => string | PathFailure {
  return (document) => {
    const sink = new TextSink(options);
    for (const part of parts) {
      const value = typeof part === 'string' ? part : walkSteps(part, document);
      if (value instanceof PathFailure) {
        if (!options.allowMissingKey || value.kind !== 'missing') return value;
      } else if (value !== nothing) {
        writeValue(value, sink);
      }
    }
    return finish(sink, options);
  };
}
