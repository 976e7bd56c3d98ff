import type { RegistryTokenSpec } from '../model/module.js';
import { readBasicAuth } from './http-client.js';
import { readText, Section } from './section.js';

/** `registry_token` of a module; one that says nothing more is there all the same. */
export function readRegistryToken(module: Section): RegistryTokenSpec | undefined {
  const cursor = module.takeAny('registry_token');
  const section = cursor?.isNull === true ? Section.open(cursor, module.reading) : module.section('registry_token');
  if (section === undefined) return undefined;
  const realms = section.list('realms').flatMap((each) => {
    const text = readText(each, module.reading) ?? '';
    if (/^https?:\/\/[^/?#@*\\\s]+\/?$/i.test(text) && URL.canParse(text)) return [new URL(text).origin];
    module.refuse(each, 'must be an origin such as https://auth.example or http://auth.example:5001');
    return [];
  });
  const basic = readBasicAuth(section);
  section.finish();
  return { kind: 'registry_token', realms, basic };
}
