import type { FrontDoor } from './access-controller.js';

/** Where nothing says anything of a door: everybody comes in, over plain HTTP. */
export function leaveOpen(): FrontDoor {
  const open = { takesAuthorization: false, headers: [], checkCertificate: undefined, admit: undefined };
  return {
    door: () => open,
    spec: () => undefined,
    connections: new WeakMap(),
    tls: undefined,
    follow: () => undefined,
    reload: async () => undefined,
    close: async () => undefined,
  };
}
