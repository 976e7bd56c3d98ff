import type { TemporaryFolder } from '../support/temporary-folder.js';
import type { Secrets } from './cluster.js';
import type { Manifest } from './helm.js';

interface Reference {
  readonly name: string;
  readonly key: string;
}

interface SecretOrConfigMap {
  readonly secret?: Reference;
  readonly configMap?: Reference;
}

/** What an endpoint of a monitor says of the scrape, as the operator has it. */
interface Endpoint {
  readonly port: string;
  readonly path: string;
  readonly scheme: string;
  readonly basicAuth?: { readonly username: Reference; readonly password: Reference };
  readonly authorization?: { readonly type?: string; readonly credentials: Reference };
  readonly tlsConfig?: {
    readonly ca?: SecretOrConfigMap;
    readonly cert?: SecretOrConfigMap;
    readonly keySecret?: Reference;
    readonly serverName?: string;
  };
  readonly relabelings?: readonly { readonly targetLabel: string; readonly replacement: string }[];
}

/** One of `scrape_configs`. */
export interface ScrapeConfig {
  readonly job_name: string;
  readonly relabel_configs: readonly { readonly target_label: string; readonly [key: string]: unknown }[];
  readonly [key: string]: unknown;
}

export interface Operator {
  /** Secrets and ConfigMaps that the monitors name. */
  readonly secrets: Secrets;
  readonly folder: TemporaryFolder;
  addressOf(port: string): string;
}

interface MonitorSpec {
  readonly endpoints?: readonly Endpoint[];
  readonly podMetricsEndpoints?: readonly Endpoint[];
}

/** What the operator makes of the ServiceMonitors, PodMonitors and Probes, for one pod. */
export function toScrapeConfigs(manifests: readonly Manifest[], operator: Operator): readonly ScrapeConfig[] {
  return manifests.flatMap(({ kind, metadata, spec }) => {
    if (kind === 'Probe') return [toProbeConfig(spec as ProbeSpec, operator)];
    const { endpoints, podMetricsEndpoints } = (spec ?? {}) as MonitorSpec;
    return (endpoints ?? podMetricsEndpoints ?? []).map((endpoint) => ({
      ...toScrapeConfig(metadata.name, endpoint, operator),
      static_configs: [{ targets: [operator.addressOf(endpoint.port)] }],
    }));
  });
}

interface ProbeSpec extends Endpoint {
  readonly jobName: string;
  readonly module?: string;
  readonly prober: { readonly scheme: string; readonly path: string };
  readonly targets: { readonly staticConfig: { readonly static: readonly string[] } };
}

function toProbeConfig(spec: ProbeSpec, operator: Operator): ScrapeConfig {
  const { jobName, module, prober, targets } = spec;
  return {
    ...toScrapeConfig(jobName, { ...spec, scheme: prober.scheme, path: prober.path }, operator),
    params: module === undefined ? {} : { module: [module] },
    static_configs: [{ targets: targets.staticConfig.static }],
    relabel_configs: [
      { source_labels: ['__address__'], target_label: '__param_target' },
      { source_labels: ['__param_target'], target_label: 'instance' },
      { target_label: '__address__', replacement: operator.addressOf('http-metrics') },
    ],
  };
}

function toScrapeConfig(name: string, endpoint: Endpoint, operator: Operator): ScrapeConfig {
  const { basicAuth, authorization, tlsConfig } = endpoint;
  const fileOf = ({ name: secret, key }: Reference) =>
    operator.folder.write(`${name}-${secret}-${key}`, readKey(operator.secrets, secret, key));
  const pick = (source: SecretOrConfigMap | undefined) => source?.secret ?? source?.configMap;
  const file = (key: string, reference: Reference | undefined) =>
    reference === undefined ? {} : { [key]: fileOf(reference) };
  return {
    job_name: name,
    metrics_path: endpoint.path,
    scheme: endpoint.scheme,
    ...(basicAuth === undefined
      ? {}
      : {
          basic_auth: {
            username: readKey(operator.secrets, basicAuth.username.name, basicAuth.username.key),
            password_file: fileOf(basicAuth.password),
          },
        }),
    ...(authorization === undefined
      ? {}
      : {
          authorization: { type: authorization.type ?? 'Bearer', credentials_file: fileOf(authorization.credentials) },
        }),
    ...(tlsConfig === undefined
      ? {}
      : {
          tls_config: {
            ...file('ca_file', pick(tlsConfig.ca)),
            ...file('cert_file', pick(tlsConfig.cert)),
            ...file('key_file', tlsConfig.keySecret),
            server_name: tlsConfig.serverName,
          },
        }),
    relabel_configs: (endpoint.relabelings ?? []).map(({ targetLabel, replacement }) => ({
      target_label: targetLabel,
      replacement,
    })),
  };
}

function readKey(secrets: Secrets, name: string, key: string): string {
  const text = secrets[name]?.[key];
  if (text === undefined) throw new Error(`Prometheus waits for the key ${key} of ${name}`);
  return text;
}
