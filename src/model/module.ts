import type { Secret } from './secret.js';

/** A place in a configuration file, for messages: `zxp.yml:12:7: modules.stock.metrics[0]`. */
export type Where = string;

/** In whose words a config file is written: the two differ in the form of texts and numbers. */
export type Dialect = 'zxp' | 'json_exporter';

/** A secret that is in the file, or in one beside it that is read again when it changes. */
export type SecretSource = { readonly inline: Secret } | { readonly file: string };

/** Text that may be a Go template over the parameters of `/probe`. */
export interface TemplateText {
  readonly text: string;
  readonly isTemplate: boolean;
  /** Whether it is from the environment, and nothing that may be shown. */
  readonly isSecret: boolean;
  readonly where: Where;
}

export interface BasicSpec {
  readonly username: SecretSource;
  readonly password: SecretSource | undefined;
}

/** The identity that requests: at most one of these. Without any, the caller's own `Authorization` is passed through. */
export type CredentialSpec =
  | ({ readonly kind: 'basic' } & BasicSpec)
  | DigestSpec
  | { readonly kind: 'authorization'; readonly scheme: string; readonly credentials: SecretSource }
  | Oauth2Spec
  | RegistryTokenSpec
  | LoginSpec;

/** A user and a password that are never sent themselves (RFC 7616). */
export interface DigestSpec extends BasicSpec {
  readonly kind: 'digest';
}

/** A token by client credentials, or by a signed JWT where there is an assertion. */
export interface Oauth2Spec {
  readonly kind: 'oauth2';
  readonly clientId: string;
  readonly clientSecret: SecretSource | undefined;
  readonly assertion: AssertionSpec | undefined;
  readonly tokenUrl: URL;
  readonly scopes: readonly string[];
  readonly endpointParams: readonly (readonly [name: string, value: string])[];
  readonly tls: TlsSpec;
  readonly proxy: ProxySpec | undefined;
}

/** What a JWT says that asks for a token, and who signs it. */
export interface AssertionSpec {
  /** An RSA key in PEM. */
  readonly key: SecretSource;
  readonly keyId: string | undefined;
  readonly algorithm: 'RS256' | 'RS384' | 'RS512';
  readonly issuer: string;
  readonly audience: string;
  /** They win over all others. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A token of a registry's token server, for the caller's own user and password or for these. */
export interface RegistryTokenSpec {
  readonly kind: 'registry_token';
  /** Origins that a target may send to for a token, besides its own. */
  readonly realms: readonly string[];
  readonly basic: BasicSpec | undefined;
}

/** A token of the API itself, for a user and a password. */
export interface LoginSpec {
  readonly kind: 'login';
  readonly where: Where;
  /** A whole URL, or a path on the target's own origin. */
  readonly url: URL | string;
  readonly method: 'GET' | 'POST';
  /** Texts are Go templates over `username` and `password`. */
  readonly headers: readonly (readonly [name: string, value: LoginText])[];
  readonly body: LoginText | undefined;
  readonly username: SecretSource | undefined;
  readonly password: SecretSource | undefined;
  /** Where the reply has the token: a path of either language into its JSON, a header, a cookie. */
  readonly token: { readonly kind: 'path' | 'header' | 'cookie'; readonly name: string; readonly where: Where };
  /** How requests show it. */
  readonly send: { readonly kind: 'header' | 'cookie'; readonly name: string; readonly prefix: string };
  /** Milliseconds after which the token is renewed; undefined where only a 401 says so. */
  readonly ttlMs: number | undefined;
}

export interface LoginText {
  readonly text: string;
  readonly where: Where;
}

/** How TLS to an upstream is made; paths are absolute. */
export interface TlsSpec {
  readonly ca: SecretSource | undefined;
  readonly cert: SecretSource | undefined;
  readonly key: SecretSource | undefined;
  readonly serverName: string | undefined;
  readonly minVersion: TlsVersion | undefined;
  readonly maxVersion: TlsVersion | undefined;
  readonly insecureSkipVerify: boolean;
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

export interface ProxySpec {
  readonly url: URL | 'environment';
  /** Hosts that are asked without the proxy, as `NO_PROXY` lists them. */
  readonly noProxy: string;
  readonly connectHeaders: readonly (readonly [name: string, value: SecretSource])[];
}

/** `http_client_config`, as prometheus/common has it. */
export interface HttpClientSpec {
  readonly credential: CredentialSpec | undefined;
  readonly tls: TlsSpec;
  readonly proxy: ProxySpec | undefined;
  readonly followRedirects: boolean;
  readonly headers: readonly (readonly [name: string, value: SecretSource])[];
}

/** How to ask a target: everything but its URL. */
export interface RequestSpec {
  readonly headers: readonly (readonly [name: string, value: TemplateText])[];
  readonly params: readonly (readonly [name: string, value: TemplateText])[];
  /** Present where the request is a POST. */
  readonly body: TemplateText | undefined;
  /** Headers of the caller's that go along besides `Authorization`, in lower case. */
  readonly forwardHeaders: readonly string[];
  /** Whether the caller's `Authorization` may go along at all. */
  readonly forwardsAuthorization: boolean;
  /** Whether the caller's `Authorization` goes along although zxp has checked it itself. */
  readonly forwardsVerified: boolean;
  /** Statuses whose reply is decoded; empty for 2xx. */
  readonly validStatusCodes: readonly number[];
  readonly httpClient: HttpClientSpec;
}

/** Where a value comes from and what is done to it, in this order: find, JSON inside, default, regex, map, read, scale. */
export interface ValueSpec {
  readonly where: Where;
  /** A path of either language, or a literal; undefined where the value is something else. */
  readonly path: string | undefined;
  /** An expression of CEL in place of a path. */
  readonly cel: string | undefined;
  /** The name of a header of the response in lower case, in place of a path. */
  readonly header: string | undefined;
  /** Whether the HTTP status of the response is meant. */
  readonly isStatus: boolean;
  /** Levels up from the element that is iterated over: 0 is the element, `Infinity` the document. */
  readonly levelsUp: number;
  /** Whether the key or index of the element is meant, not its content. */
  readonly isKey: boolean;
  /** Whether the length of an array, object or text is meant. */
  readonly isLength: boolean;
  /** Whether the path finds a list of which the element with the index of the one at hand is meant. */
  readonly isAtIndex: boolean;
  /** A path into the document that the text is. */
  readonly json: string | undefined;
  /** Replaces what is missing, null or empty. */
  readonly fallback: string | undefined;
  readonly regex: RegexSpec | undefined;
  readonly map: MapSpec | undefined;
  /** How text is read as a number: a size in bytes, a time in seconds, a percentage as a ratio. */
  readonly unit: 'bytes' | 'duration' | 'percent' | undefined;
  /** How text is read as a date; the number is Unix seconds. */
  readonly date: string | undefined;
  /** The IANA name of the zone whose clock a date without an offset shows; UTC where it is undefined. */
  readonly timezone: string | undefined;
  /** The base that a text is a whole number of. */
  readonly base: 2 | 8 | 16 | undefined;
  readonly scale: number | undefined;
}

export interface RegexSpec {
  readonly pattern: string;
  /** What the match becomes; `$1` is its first group. Undefined for the first group or, where there is none, the match. */
  readonly replacement: string | undefined;
}

export interface MapSpec {
  readonly entries: ReadonlyMap<string, string>;
  /** What any other text becomes; undefined drops it. */
  readonly otherwise: string | undefined;
}

/** A label, by the name that it has in the file. */
export interface LabelSpec {
  readonly name: string;
  readonly value: ValueSpec;
}

/** One value of a metric: the family's name is the metric's and, unless it is empty, `_` and the suffix. */
export interface NamedValueSpec {
  readonly suffix: string;
  readonly value: ValueSpec;
  /** A sample a state, 1 for the one that the text names. */
  readonly states: StatesSpec | undefined;
}

export interface StatesSpec {
  /** The label that has the state, unless `isStateSet` gives it the family's name. */
  readonly label: string;
  readonly names: readonly string[];
  /** Whether the family is a state set to the formats that know them. */
  readonly isStateSet: boolean;
}

/** Buckets or quantiles of one histogram or summary, in an object of numbers or a list of objects. */
export interface DistributionSpec {
  readonly type: 'histogram' | 'summary';
  readonly where: Where;
  /** Finds the object, or each element of the list. */
  readonly path: string;
  /** Of each element: bound or quantile, and count or value. Undefined where `path` finds an object `{bound: count}`. */
  readonly element: { readonly bound: ValueSpec; readonly value: ValueSpec } | undefined;
  /** Whether counts include those of the buckets below. */
  readonly isCumulative: boolean;
  readonly count: ValueSpec | undefined;
  readonly sum: ValueSpec | undefined;
}

/** One native histogram: its buckets by index, as OpenTelemetry has them, or by bounds, as Prometheus' API has them. */
export interface ExponentialSpec {
  readonly where: Where;
  readonly count: ValueSpec | undefined;
  readonly sum: ValueSpec | undefined;
  readonly buckets: IndexedBucketsSpec | BoundedBucketsSpec;
}

export interface IndexedBucketsSpec {
  readonly kind: 'indexed';
  readonly scale: ValueSpec | undefined;
  readonly zeroCount: ValueSpec | undefined;
  readonly zeroThreshold: ValueSpec | undefined;
  readonly positive: BucketRunSpec | undefined;
  readonly negative: BucketRunSpec | undefined;
}

/** The index of the first bucket, and the counts of all from there on. */
export interface BucketRunSpec {
  readonly offset: ValueSpec | undefined;
  readonly counts: { readonly path: string; readonly where: Where };
}

/** A path to lists `[rule, lower, upper, count]`. */
export interface BoundedBucketsSpec {
  readonly kind: 'bounded';
  readonly path: string;
  readonly where: Where;
}

/** When a metric began to count: a time of the document, or the seconds that have passed since. */
export interface StartSpec {
  readonly kind: 'created' | 'uptime';
  readonly value: ValueSpec;
}

export interface ExemplarSpec {
  readonly where: Where;
  readonly labels: readonly LabelSpec[];
  readonly value: ValueSpec;
  readonly timestamp: ValueSpec | undefined;
}

export type Aggregate = 'count' | 'sum' | 'min' | 'max' | 'avg';
export type DuplicatePolicy = 'first' | 'last' | 'sum' | 'error';

/** A name that the document has. */
export interface NameSpec {
  readonly value: ValueSpec;
  readonly prefix: string;
  /** Names of one scrape; samples of further ones are dropped. */
  readonly max: number;
}

export interface MetricSpec {
  /** Present where the name is the document's; `name` describes it then. */
  readonly dynamicName: NameSpec | undefined;
  readonly where: Where;
  readonly name: string;
  readonly help: string;
  readonly valueType: 'counter' | 'gauge' | 'untyped';
  /** `value`: one sample of the document. `object`: samples of every element. */
  readonly mode: 'value' | 'object';
  /** One step of the iteration each, from the document inwards; none in value mode. */
  readonly steps: readonly { readonly path: string; readonly where: Where }[];
  readonly labels: readonly LabelSpec[];
  readonly values: readonly NamedValueSpec[];
  readonly distribution: DistributionSpec | undefined;
  readonly exponential: ExponentialSpec | undefined;
  /** The unit of its families: `seconds`. */
  readonly unit: string | undefined;
  /** Whether it is a constant 1 whose labels matter. */
  readonly isInfo: boolean;
  readonly start: StartSpec | undefined;
  readonly exemplar: ExemplarSpec | undefined;
  readonly timestamp: ValueSpec | undefined;
  readonly allowMissingKey: boolean;
  readonly duplicates: DuplicatePolicy;
  readonly aggregate: Aggregate | undefined;
}

/** Keeps or drops samples by their family's name or a label; patterns match the whole text. */
export interface FilterSpec {
  readonly where: Where;
  /** The label by the name that it has in the file; undefined for the family's name. */
  readonly label: string | undefined;
  readonly pattern: string;
}

/** A text of a document that is replaced by the document that it is. */
export interface DecodeSpec {
  /** Paths from array to array inwards, and the one of the text. */
  readonly paths: readonly { readonly path: string; readonly where: Where }[];
}

export interface MappingSpec {
  /** `ndjson`: a document a line, which are the elements of one array. */
  readonly format: 'json' | 'ndjson';
  readonly decode: readonly DecodeSpec[];
  readonly metrics: readonly MetricSpec[];
  /** Labels of every series. */
  readonly staticLabels: readonly (readonly [name: string, value: string])[];
  readonly only: readonly FilterSpec[];
  readonly drop: readonly FilterSpec[];
  /** Whether label numbers have Go's form (`1e+06`). */
  readonly isStrict: boolean;
}

/** A path of either language, or text with paths in braces. */
export interface PathText {
  readonly path: string;
  readonly where: Where;
}

/** How a list that comes in pages goes on. */
export interface PagesSpec {
  readonly where: Where;
  /** Finds the array that goes on; `{@}` is the document itself. */
  readonly items: PathText;
  readonly next: NextPageSpec;
  /** Pages of one scrape; more fail it. */
  readonly max: number;
}

/** How the next page is found and requested. */
export type NextPageSpec =
  | { readonly kind: 'link' }
  | { readonly kind: 'url'; readonly url: PathText }
  | { readonly kind: 'cursor'; readonly cursor: PathText; readonly param: string }
  | { readonly kind: 'page'; readonly param: string; readonly start: number }
  | {
      readonly kind: 'offset';
      readonly param: string;
      /** Elements of a page; a page of fewer is the last one. */
      readonly limit: number;
      /** The parameter that sends the limit; undefined where none does. */
      readonly limitParam: string | undefined;
    };

/** A request for each element of the first document. */
export interface FollowSpec {
  readonly where: Where;
  readonly each: PathText;
  /** A Go template over the element, relative to the first URL. */
  readonly url: TemplateText;
  /** The key of the first document under which metrics see the responses. */
  readonly into: string;
  readonly max: number;
  readonly concurrency: number;
  readonly onError: 'fail' | 'skip';
}

/** How `/discover` makes targets of a document. */
export interface DiscoverSpec {
  readonly where: Where;
  readonly each: PathText;
  readonly target: PathText;
  readonly labels: readonly (readonly [name: string, value: PathText])[];
}

/** How many requests an upstream may see in any stretch of time as long as the interval. */
export interface BudgetSpec {
  readonly where: Where;
  readonly requests: number;
  readonly intervalMs: number;
}

/** How often the targets of a module are requested, and what is repeated where they are not. */
export interface RequestPolicySpec {
  /** How long the same request of the same caller is not made again; undefined where it is made each time. */
  readonly minIntervalMs: number | undefined;
  /** How long after the last good response a failure repeats it; undefined where none does. */
  readonly staleOnErrorMs: number | undefined;
  /** Whether identical requests at the same time are one. */
  readonly coalesces: boolean;
  /** Per origin and credential; the name of one that modules share, or one of the module's own. */
  readonly budget: BudgetSpec | string | undefined;
}

/** Credentials with a name, which `/probe?auth=`, modules and targets choose. */
export interface AuthSpec {
  readonly name: string;
  readonly where: Where;
  /** Origins that they may go to besides the targets that name them; undefined where only those may have them. */
  readonly allow: readonly string[] | undefined;
  /** Whether the caller's own `Authorization` is meant; there is no other credential then. */
  readonly forward: boolean;
  /** Whether it is forwarded although zxp itself has checked it. */
  readonly forwardVerified: boolean;
  readonly httpClient: HttpClientSpec;
}

/** A named recipe: how to request a target and how to translate its response. */
export interface ModuleSpec {
  readonly name: string;
  readonly where: Where;
  /** A name in `translators.ts`. */
  readonly translator: string;
  readonly mapping: MappingSpec;
  readonly request: RequestSpec;
  /** What makes a complete reply a failure, in the order in which it is looked at. */
  readonly failIf: readonly ConditionSpec[];
  /** Milliseconds for a whole scrape; undefined leaves the daemon's. */
  readonly timeoutMs: number | undefined;
  readonly policy: RequestPolicySpec;
  /** Maximum number of connections to one origin; undefined leaves the daemon's. */
  readonly maxConnections: number | undefined;
  /** Origins that `/probe` may name; undefined where the file says nothing. */
  readonly allow: readonly string[] | undefined;
  /** The name of the auth that is used unless target or query name another; undefined for the module's own credentials. */
  readonly auth: string | undefined;
  /** Where `auth` and `policy.budget` are named; absent for those that are not. */
  readonly authWhere?: Where;
  readonly budgetWhere?: Where;
  readonly pages: PagesSpec | undefined;
  readonly follow: FollowSpec | undefined;
  readonly discover: DiscoverSpec | undefined;
}

/** A target with a name: `/probe?target=NAME`. */
export interface TargetSpec {
  readonly name: string;
  readonly where: Where;
  readonly url: URL;
  readonly module: string;
  /** The name of the auth that this target is requested with; undefined for the module's. */
  readonly auth: string | undefined;
  readonly labels: readonly (readonly [name: string, value: string])[];
  /** Where they are named. */
  readonly nameWhere?: Where;
  readonly moduleWhere?: Where;
  readonly authWhere?: Where;
}

/** One condition of `fail_if`: the target is down where it holds. */
export interface ConditionSpec {
  readonly where: Where;
  readonly test: ConditionTest;
  /** For log and debug view; undefined shows the condition itself. */
  readonly message: string | undefined;
}

export type ConditionTest =
  /** Found, and none of these texts. */
  | { readonly kind: 'not'; readonly path: string; readonly texts: readonly string[] }
  /** Found, and one of these texts. */
  | { readonly kind: 'is'; readonly path: string; readonly texts: readonly string[] }
  /** Finds something other than null, false, "" and [], or nothing but null. */
  | { readonly kind: 'exists'; readonly path: string; readonly expected: boolean }
  /** A number above the one or below the other. */
  | {
      readonly kind: 'range';
      readonly path: string;
      readonly above: number | undefined;
      readonly below: number | undefined;
    }
  /** An expression that gives this, or fails. */
  | { readonly kind: 'cel'; readonly expression: string; readonly failsOn: boolean };
