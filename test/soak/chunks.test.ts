/** The properties of chunks over 100,000 documents: `npm run soak`. */
process.env.ZXP_SOAK_RUNS ??= '7000';
await import('../translate/document/chunks.test.js');
