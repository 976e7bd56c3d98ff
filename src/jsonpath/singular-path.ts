import { noValue } from '../golang/values.js';
import { type CompiledPath, PathFailure, type PathOptions } from './path.js';
import { finishText, renderValue } from './render.js';
import { numberOfMatch } from './sample-value.js';
import { nothing, type SingularSteps, walkSteps } from './singular-steps.js';

const nullDocument = new PathFailure('error', 'the document is null');

interface Singular {
  readonly steps: SingularSteps;
  readonly options: PathOptions;
}

/** A path that leads to one place at most: a template that is one singular block, or a singular query. */
export function createSingularPath(source: string, { steps, options }: Singular): CompiledPath {
  return {
    source,
    text(document) {
      const value = walkSteps(steps, document);
      if (typeof value === 'string') return finishText(value, options);
      if (value instanceof PathFailure) return value;
      return value === nothing ? finishText('', options) : renderValue(value, options);
    },
    number(document) {
      const value = walkSteps(steps, document);
      if (value instanceof PathFailure) return value;
      return numberOfMatch(value === nothing ? '' : value, options);
    },
    select(document) {
      const value = walkSteps(steps, document);
      if (value instanceof PathFailure) return options.allowMissingKey && value.kind === 'missing' ? [] : value;
      if (value === nothing) return [];
      return value === noValue ? nullDocument : [value];
    },
  };
}
