import { countOf } from '../../model/count.js';
import type { PastScrape } from '../../model/scrape-history.js';

const BAR_WIDTH = 4;
const HEIGHT = 16;
/** A failed scrape is a shorter bar: it can be told without colours. */
const DOWN_HEIGHT = 8;

/** The last scrapes as bars of an inline SVG, the latest at the right, with a text for those who do not see it. */
export function renderTimeline(scrapes: readonly PastScrape[]): string {
  if (scrapes.length === 0) return '';
  const up = scrapes.filter((scrape) => scrape.up).length;
  const width = scrapes.length * BAR_WIDTH;
  return (
    `<svg role="img" aria-label="${countOf(scrapes.length, 'scrape')}, ${up} up" width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}">` +
    `${renderBars(scrapes, { isUp: true, height: HEIGHT })}${renderBars(scrapes, { isUp: false, height: DOWN_HEIGHT })}</svg>`
  );
}

function renderBars(
  scrapes: readonly PastScrape[],
  { isUp, height }: { readonly isUp: boolean; readonly height: number },
): string {
  const top = HEIGHT - height;
  const bars = scrapes.map(({ up }, i) => (up === isUp ? `M${i * BAR_WIDTH} ${top}h3v${height}h-3z` : '')).join('');
  return bars === '' ? '' : `<path class="was-${isUp ? 'up' : 'down'}" d="${bars}"/>`;
}
