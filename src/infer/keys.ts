import { findUnit } from './units.js';
import { isPlural, splitWords } from './words.js';

/** Longer keys are taken for data. */
const MAX_FIELD_KEY = 48;

const FIELD_KEY = /^[\p{L}\p{N}@$_][\p{L}\p{N} _.:$%#+()&-]*$/u;
const HEX = /^[\da-f]{8,}$/i;

/**
 * Whether a key may be the name of a field, which the API chose, and not data such as a user, a host, a date or an
 * address: only such keys are ever printed.
 */
export function isFieldKey(key: string): boolean {
  if (key.length > MAX_FIELD_KEY || !FIELD_KEY.test(key) || !/\p{L}/u.test(key)) return false;
  if (/.@/.test(key) || HEX.test(key) || (key.match(/\./g)?.length ?? 0) > 1) return false;
  const digits = key.match(/\d/g)?.length ?? 0;
  if (digits >= 4) return false;
  // 1xx and 5m, and no 3com-switch.
  return !/^\d/.test(key) || key.length <= 4;
}

/** Nouns of which each has a name of its own: an object below such a key has these names as its keys. */
const OWNERS = new Set(
  `account address alert alias app application area availability backend bank broker bucket buffer building cache
  camera category channel check city client cluster code collection collector component connection consumer container
  controller core counter country cpu customer dashboard database dataset datacenter datastore dependency deployment
  destination device disk domain drive email endpoint engine environment event exchange executor exporter fan farm
  field file filesystem flow folder function gateway gauge gpu group guest handler host id image index indicator
  ingress instance integration interface inverter ip item job key keyspace label language lane library link listener
  location machine market member method meter metric model module mount name namespace network node object operation
  organization owner package page panel partition path peer person pipeline plan plugin pod policy pool port printer
  process processor product program project protocol provider proxy publisher quantile queue rack realm region
  registry release replica replicaset repo repository resource room route router row rule schedule scheduler segment
  sensor series server service session shard share shop site sku slot socket source station status storage store
  stream subnet subscriber subscription switch symbol table tag target task team tenant thermostat timer token topic
  tracker tunnel type unit upstream uri url user vault vehicle vhost vlan vm volume warehouse website wallet window
  worker workspace zone`.split(/\s+/),
);

const CONTAINERS = /^(by|per)$/;

/** Whether the keys of what stands below a key are names of such things: `users`, `requests_by_user`, `perHost`. */
export function holdsNames(key: string | undefined): boolean {
  const words = splitWords(key ?? '');
  const last = words.at(-1) ?? '';
  if (words.length > 1 && CONTAINERS.test(words.at(-2) ?? '')) return true;
  return isPlural(last) && OWNERS.has(toOwner(last));
}

/** Words that say what is measured, and are nobody's name. */
const MEASURES = new Set(
  `total count sum min max avg mean average median stddev used free available capacity limit size length active idle
  busy open closed pending queued waiting ready running failed failures successful success errors current peak live
  rate ratio percent started stopped created deleted received sent read written hits misses in out up down ok
  unassigned relocating initializing blocked allocated reserved maximum minimum unacknowledged persistent unavailable
  desired paused enabled disabled enqueued processed dropped rejected retried healthy unhealthy`.split(/\s+/),
);

/** Whether a key says what is measured. */
export function isMeasure(key: string): boolean {
  return splitWords(key).some((word) => MEASURES.has(word));
}

const COLLECTIONS =
  /^(.*stats|statistics|totals|metrics|counts|counters|details|settings|options|limits|values|numbers|results|properties|attributes|fields)$/;

/** Whether a key is a plural that could be of anything: `balances`. */
export function mayHoldNames(key: string | undefined): boolean {
  const last = splitWords(key ?? '').at(-1) ?? '';
  return isPlural(last) && !COLLECTIONS.test(last);
}

/** Whether a key is one that metrics have: it says what is measured, in which unit, or of how many. */
export function isWordOfMetrics(key: string): boolean {
  const words = splitWords(key);
  return isMeasure(key) || isPlural(words.at(-1) ?? '') || words.some((word) => findUnit(word) !== undefined);
}

function toOwner(plural: string): string {
  for (const form of [plural.replace(/ies$/, 'y'), plural.replace(/es$/, ''), plural.replace(/s$/, ''), plural]) {
    if (form !== plural && OWNERS.has(form)) return form;
  }
  return plural === 'indices' ? 'index' : plural === 'people' ? 'person' : '';
}
