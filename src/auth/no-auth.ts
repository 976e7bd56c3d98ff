import type { AccessController } from './access-controller.js';

/** Where nothing says anything of a door: everybody comes in, over plain HTTP. */
export function createNoAuth(): AccessController {
  const open = { consumesAuthorization: false, headers: [], checkCertificate: undefined, admit: undefined };
  return {
    access: () => open,
    spec: () => undefined,
    connections: new WeakMap(),
    tls: undefined,
    follow: () => undefined,
    reload: async () => undefined,
    close: async () => undefined,
  };
}
