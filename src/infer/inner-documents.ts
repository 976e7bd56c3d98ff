import { isFields } from '../golang/values.js';
import { ZxpError } from '../model/errors.js';
import { decodeJson } from '../translate/document/decode.js';
import type { Column } from './column.js';

/** As the step of a module that decodes texts has them. */
const LIMITS = { depth: 512, nodes: 1_000_000 };

/**
 * A column of texts with the documents that they are: objects, or lists with objects. Undefined unless all of them are of
 * one kind, but for null, and any has something in it.
 */
export function decodeColumn({ values, owners }: Column): Column | undefined {
  if (!values.some((value) => typeof value === 'string' && /^\s*[[{]/.test(value))) return undefined;
  const decoded: unknown[] = [];
  for (const value of values) {
    const inner = typeof value === 'string' ? parseText(value) : value;
    if (inner === undefined || (inner !== null && typeof value !== 'string')) return undefined;
    decoded.push(inner);
  }
  const isFilled = decoded.some((inner) => isFields(inner) && Object.keys(inner).length > 0);
  const areObjects = isFilled && decoded.every((inner) => inner === null || isFields(inner));
  const areLists = decoded.every((inner) => inner === null || (Array.isArray(inner) && inner.every(isFields)));
  const isAnyListed = decoded.some((inner) => Array.isArray(inner) && inner.length > 0);
  return areObjects || (areLists && isAnyListed) ? { values: decoded, owners } : undefined;
}

/** Undefined for a text that is not JSON, or JSON null. */
function parseText(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return decodeJson(Buffer.from(text), LIMITS);
  } catch (thrown) {
    if (thrown instanceof ZxpError) return undefined;
    throw thrown;
  }
}

/** Annotations that Kubernetes has for itself, of which some are documents. */
const KUBERNETES_KEY = /^(?:[a-z\d-]+\.)*(?:kubernetes|k8s)\.io\/[a-z][a-z.-]*$/;

/** Whether a key is the name of an annotation that every cluster has, and so no data. */
export function isKubernetesKey(key: string): boolean {
  return key.length <= 100 && KUBERNETES_KEY.test(key);
}
