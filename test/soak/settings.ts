/** How long each soak takes: `SOAK_MINUTES=2 npm run soak`. */
export const minutes = Number(process.env.SOAK_MINUTES ?? 30);

/** Targets of the soak of many, scrapes a second, and how many of them are under way at a time. */
export const targetCount = Number(process.env.SOAK_TARGETS ?? 10_000);
export const scrapesPerSecond = Number(process.env.SOAK_SCRAPES_PER_SECOND ?? 100);
/** What 10,000 targets, 15 s and 0.2 s come to. */
export const scrapesInFlight = Number(process.env.SOAK_IN_FLIGHT ?? 133);

/** Growth that is none; a short run has not settled yet. */
export const tolerance = minutes >= 10 ? 0.05 : 0.4;
