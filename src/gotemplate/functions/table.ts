import type { TemplateFunction } from '../signature.js';
import { dateFunctions } from './dates.js';
import { defaultFunctions } from './defaults.js';
import { dictFunctions } from './dicts.js';
import { encodingFunctions } from './encoding.js';
import { listFunctions } from './lists.js';
import { logicFunctions } from './logic.js';
import { numberFunctions } from './numbers.js';
import { outputFunctions } from './output.js';
import { randomFunctions } from './random.js';
import { textFunctions } from './text.js';

const groups = {
  defaults: defaultFunctions,
  logic: logicFunctions,
  text: textFunctions,
  output: outputFunctions,
  lists: listFunctions,
  dicts: dictFunctions,
  numbers: numberFunctions,
  dates: dateFunctions,
  encoding: encodingFunctions,
  random: randomFunctions,
};

/** A function that templates may call, for the docs. */
export interface TemplateFunctionRow {
  readonly name: string;
  readonly group: string;
  /** Types of the arguments in order, `any...` for any number more: `text any...`. */
  readonly arguments: string;
  readonly meaning: string;
}

/** All functions by name. */
export const functionsByName: ReadonlyMap<string, TemplateFunction> = new Map(
  Object.values(groups).flatMap((group) => Object.entries(group)),
);

/** Functions of json_exporter that zxp knows and does not have, and why. */
export const refusedFunctions: ReadonlyMap<string, string> = new Map([
  ['call', 'there are no functions in the data'],
  ['env', 'it would send secrets of the environment to the target'],
  ['expandenv', 'it would send secrets of the environment to the target'],
  ['getHostByName', 'a template may not use the network'],
]);

/** Every function with its arguments and its meaning, in the order in which docs show them. */
export const templateFunctions: readonly TemplateFunctionRow[] = Object.entries(groups).flatMap(
  ([group, functions]) => {
    return Object.entries(functions).map(([name, { takes, rest, meaning }]) => {
      const kinds = [...takes.map((parameter) => parameter.name), ...(rest === undefined ? [] : [`${rest.name}...`])];
      return { name, group, arguments: kinds.join(' '), meaning };
    });
  },
);
