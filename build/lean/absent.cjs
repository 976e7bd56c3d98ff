/** In place of what a package loads and zxp never reaches. Whoever calls it, or a member of it, hears so. */
module.exports = new Proxy(
  function absent() {
    throw new Error('this part of a package is not in the bundle: see build/lean.mjs');
  },
  { get: () => module.exports },
);
