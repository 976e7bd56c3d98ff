import { execFileSync } from 'node:child_process';

/** The parts of an image's configuration that the tests look at. */
export interface ImageConfig {
  readonly config: {
    readonly User: string;
    readonly Entrypoint: readonly string[];
    readonly Env: readonly string[];
    readonly ExposedPorts: Readonly<Record<string, unknown>>;
    readonly Labels: Readonly<Record<string, string>>;
    readonly Healthcheck?: { readonly Test: readonly string[] };
  };
}

const MAX_BYTES = 500_000_000;

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

/** An image of one platform in an OCI archive. */
export interface ArchivedImage {
  readonly config: ImageConfig;
  readonly configText: string;
  /** Compressed. */
  readonly bytes: number;
  /** Every file of every layer. */
  readonly files: readonly ArchivedFile[];
}

export interface ArchivedFile {
  readonly mode: string;
  /** `0/0` */
  readonly owner: string;
  readonly path: string;
}

/** The digest of the image in an OCI archive, for all its platforms: what a deployment pins. */
export function readDigest(archive: string): string {
  const index: { readonly manifests: readonly [Descriptor] } = JSON.parse(readMember(archive, 'index.json').toString());
  return index.manifests[0].digest;
}

/** Reads an OCI archive with an image for one platform, and unpacks it into a folder. */
export function unpackImage(archive: string, folder: string): ArchivedImage {
  const blob = ({ digest }: Descriptor) => readMember(archive, `blobs/sha256/${digest.replace('sha256:', '')}`);
  const list: { readonly manifests: readonly [Descriptor] } = JSON.parse(
    blob({ digest: readDigest(archive), size: 0 }).toString(),
  );
  const manifest: { readonly config: Descriptor; readonly layers: readonly Descriptor[] } = JSON.parse(
    blob(list.manifests[0]).toString(),
  );
  const configText = blob(manifest.config).toString();
  const lists = manifest.layers.map((layer) => {
    const argv = [
      '--extract',
      '--gzip',
      '--verbose',
      '--verbose',
      '--numeric-owner',
      '--file=-',
      `--directory=${folder}`,
    ];
    return execFileSync('tar', argv, { input: blob(layer), maxBuffer: MAX_BYTES }).toString();
  });
  return {
    config: JSON.parse(configText),
    configText,
    bytes: manifest.layers.reduce((total, layer) => total + layer.size, 0),
    files: lists.flatMap((each) => each.trim().split('\n').map(readLine)),
  };
}

function readMember(archive: string, name: string): Buffer {
  return execFileSync('tar', ['--extract', '--to-stdout', `--file=${archive}`, name], { maxBuffer: MAX_BYTES });
}

/** `-rw-r--r-- 0/0   11358 2026-11-21 09:20 opt/zxp/LICENSE` */
function readLine(line: string): ArchivedFile {
  const [mode = '', owner = '', , , , path = ''] = line.split(/\s+/);
  return { mode, owner, path };
}
