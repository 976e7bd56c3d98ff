import { Resolver } from 'node:dns/promises';

/**
 * Lets the resolvers of this process ask the name server `address:port` in place of those of resolv.conf, which name no
 * port. Gives what undoes it.
 */
export function useNameServer(address) {
  const { resolve4 } = Resolver.prototype;
  // The first query of every lookup: servers cannot be set while one waits.
  Resolver.prototype.resolve4 = function resolve(name) {
    this.setServers([address]);
    return resolve4.call(this, name);
  };
  return () => {
    Resolver.prototype.resolve4 = resolve4;
  };
}

// As a preloaded module of the built program.
if (process.env.TEST_NAME_SERVER !== undefined) useNameServer(process.env.TEST_NAME_SERVER);
