import { describe, expect } from 'vitest';
import { testWith } from '../support/programs.js';
import { kubeVersions, type Manifest, readValueSet, render, valueSets } from './helm.js';
import { compile, validate } from './models.js';

const sets = valueSets.flatMap((name) => kubeVersions.map((version) => [name, version] as const));

for (const [name, version] of sets) {
  testWith('helm', `every document for ci/${name}.yaml on Kubernetes ${version} is of its kind's schema`, async () => {
    const manifests = await render(readValueSet(name), version);
    expect(manifests.map(({ kind }) => kind)).toContain('Deployment');
    for (const manifest of manifests) validate(manifest);
  });
}

testWith('helm', 'no document for any value set has a key that its kind does not know', async () => {
  const manifests = await Promise.all(valueSets.map((name) => render(readValueSet(name))));
  expect(await compile(manifests.flat())).toBe('');
});

testWith('helm', 'a value of another type and a key that nobody knows would be found', async () => {
  const [deployment] = (await render(readValueSet('url'))).filter(({ kind }) => kind === 'Deployment');
  if (deployment === undefined) throw new Error('there is no Deployment');
  expect(() => validate({ ...deployment, spec: 1 })).toThrow('spec must be object');
  expect(await compile([{ ...deployment, unheardOf: 1 }])).toContain(`'"unheardOf"' does not exist`);
});

describe('every document for any value set', () => {
  for (const name of valueSets) {
    testWith(
      'helm',
      `ci/${name}.yaml: has a name that fits, a namespace, and the labels that people go by`,
      async () => {
        for (const { kind, metadata } of await renderOwn(name)) {
          expect(metadata.name, kind).toMatch(/^[a-z0-9-]{1,63}$/);
          expect(metadata.namespace, kind).toMatch(/^(monitoring|grafana|shop)$/);
          expect(Object.keys(metadata.labels ?? {}), kind).toEqual(
            expect.arrayContaining([
              'app.kubernetes.io/name',
              'app.kubernetes.io/instance',
              'app.kubernetes.io/version',
              'app.kubernetes.io/managed-by',
              'helm.sh/chart',
            ]),
          );
        }
      },
    );

    testWith(
      'helm',
      `ci/${name}.yaml: gives the pod the restricted profile, no token, and files as folders`,
      async () => {
        const [deployment] = (await renderOwn(name)).filter(({ kind }) => kind === 'Deployment');
        expect(deployment).toMatchObject({
          spec: {
            template: {
              spec: {
                automountServiceAccountToken: false,
                enableServiceLinks: false,
                securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
                containers: expect.arrayContaining([
                  expect.objectContaining({
                    name: 'zxp',
                    securityContext: {
                      allowPrivilegeEscalation: false,
                      readOnlyRootFilesystem: true,
                      capabilities: { drop: ['ALL'] },
                    },
                    livenessProbe: expect.objectContaining({
                      httpGet: expect.objectContaining({ path: '/-/healthy' }),
                    }),
                    readinessProbe: expect.objectContaining({
                      httpGet: expect.objectContaining({ path: '/-/ready' }),
                    }),
                  }),
                ]),
              },
            },
          },
        });
        const text = JSON.stringify(deployment);
        expect(text).not.toContain('subPath');
        expect(text).not.toMatch(/"cpu":[^}]*"limits"|"limits":\{[^}]*"cpu"/);
      },
    );

    testWith('helm', `ci/${name}.yaml: asks for nothing that an operator would drop`, async () => {
      const text = JSON.stringify(await renderOwn(name));
      expect(text).not.toMatch(/bearerToken|caFile|certFile|keyFile|insecureSkipVerify/);
    });
  }
});

/** Without what the values themselves bring along. */
async function renderOwn(name: string): Promise<readonly Manifest[]> {
  const manifests = await render(readValueSet(name));
  return name === 'extra' ? manifests.filter(({ kind }) => kind !== 'ConfigMap') : manifests;
}

describe('the Deployment', () => {
  const findDeployment = async (values: object) => (await render(values)).find(({ kind }) => kind === 'Deployment');

  testWith('helm', 'takes an image by its digest before one by its tag, from the registry of all charts', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const url = { upstream: { url: 'http://zot:5000' } };
    const imageOf = async (values: object) =>
      /"image":"([^"]*)"/.exec(JSON.stringify(await findDeployment(values)))?.[1];
    expect(await imageOf({ ...url, image: { tag: '1.2.3' } })).toBe('zxp:1.2.3');
    expect(await imageOf({ ...url, image: { tag: '1.2.3', digest } })).toBe(`zxp@${digest}`);
    expect(await imageOf({ ...url, global: { imageRegistry: 'mirror.example' }, image: { tag: 'x' } })).toBe(
      'mirror.example/zxp:x',
    );
  });

  testWith('helm', 'is another one when the configuration changes, and the same when nothing does', async () => {
    const [first, same, other] = await Promise.all(
      ['a', 'a', 'b'].map((name) => findDeployment({ config: { upstream: `http://${name}:5000` } })),
    );
    expect(same).toEqual(first);
    expect(other).not.toEqual(first);
  });

  testWith('helm', 'has the health of a certificate-only zxp on a port of its own, in plain HTTP', async () => {
    const text = JSON.stringify(await findDeployment(readValueSet('mtls')));
    expect(text).toContain('"livenessProbe":{"httpGet":{"path":"/-/healthy","port":"health","scheme":"HTTP"}');
    expect(JSON.stringify(await findDeployment(readValueSet('basic')))).toContain(
      '"port":"http-metrics","scheme":"HTTPS"',
    );
  });
});
