/** The growth chart: CPU time of one scrape against series, both logarithmic, as an SVG for light and dark pages. */
import { formatTime } from './tables.mjs';

const WIDTH = 960;
const HEIGHT = 520;
const PLOT = { left: 90, right: 740, top: 64, bottom: 452 };

/** Above and below the lines. */
const MARGIN_DECADES = 0.15;

const LINES = [
  { key: 'naive', label: 'naive', detail: 'express and prom-client' },
  { key: 'ours', label: 'zxp', detail: 'every check and limit on' },
  { key: 'floor', label: 'JSON.parse', detail: 'nothing but parsing' },
];

const STYLE = `
    :root { --ink: #1f2328; --soft: #59636e; --grid: #d1d9e0; --paper: #ffffff; --naive: #bc4c00; --ours: #0969da; --floor: #59636e; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #f0f6fc; --soft: #9198a1; --grid: #3d444d; --paper: #0d1117; --naive: #f0883e; --ours: #4493f8; --floor: #9198a1; }
    }
    text { font: 14px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: var(--soft); }
    .title { font-size: 18px; font-weight: 600; fill: var(--ink); }
    .name { font-size: 15px; font-weight: 600; }
    .right { text-anchor: end; }
    .middle { text-anchor: middle; }
    .paper { fill: var(--paper); }
    .grid { stroke: var(--grid); fill: none; }
    .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
    .dot { stroke: var(--paper); stroke-width: 1.5; }
${LINES.map(({ key }) => `    .${key} { stroke: var(--${key}); }\n    .${key}-ink { fill: var(--${key}); }`).join('\n')}`;

/** The SVG of the oldest Node's runs. Throws where no figure of them has costs. */
export function renderChart([{ node, figures }]) {
  const points = figures
    .filter((figure) => figure.costMs !== undefined)
    .sort((left, right) => left.series - right.series);
  if (points.length < 2) throw new Error('a chart takes the costs of two sizes at least');
  const scales = makeScales(points);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title description">
  <title id="title">CPU time of one scrape against the number of series</title>
  <desc id="description">${describe(points)}</desc>
  <style>${STYLE}
  </style>
  <rect class="paper" width="${WIDTH}" height="${HEIGHT}" rx="6" />
  <text class="title" x="${PLOT.left}" y="30">CPU time of one scrape</text>
  <text x="${PLOT.left}" y="50">over loopback, Node ${node.slice(1)}; both axes logarithmic</text>
${renderGrid(scales, points)}
${LINES.map((line) => renderLine(line, scales, points)).join('\n')}
${renderLabels(scales, points)}
</svg>
`;
}

function makeScales(points) {
  const costs = points.flatMap(({ costMs }) => Object.values(costMs).filter((ms) => ms !== undefined));
  const least = Math.log10(Math.min(...costs)) - MARGIN_DECADES;
  const most = Math.log10(Math.max(...costs)) + MARGIN_DECADES;
  const [start, end] = [points[0].series, points.at(-1).series].map(Math.log10);
  const along = (from, to, share) => Math.round((from + (to - from) * share) * 10) / 10;
  return {
    x: (series) => along(PLOT.left, PLOT.right, (Math.log10(series) - start) / (end - start)),
    y: (ms) => along(PLOT.bottom, PLOT.top, (Math.log10(ms) - least) / (most - least)),
    decades: listPowersOfTen(Math.ceil(least), Math.floor(most)),
  };
}

function listPowersOfTen(first, last) {
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

function renderGrid({ x, y, decades }, points) {
  const rows = decades.map(
    (ms) => `  <path class="grid" d="M${PLOT.left} ${y(ms)} H${PLOT.right}" />
  <text class="right" x="${PLOT.left - 10}" y="${y(ms) + 5}">${formatTime(ms)}</text>`,
  );
  const columns = points.map(
    ({ series }) => `  <path class="grid" d="M${x(series)} ${PLOT.top} V${PLOT.bottom}" />
  <text class="middle" x="${x(series)}" y="${PLOT.bottom + 22}">${series.toLocaleString('en')}</text>`,
  );
  const middle = (PLOT.left + PLOT.right) / 2;
  return [...rows, ...columns, `  <text class="middle" x="${middle}" y="${PLOT.bottom + 48}">series</text>`].join('\n');
}

function renderLine({ key }, { x, y }, points) {
  const there = points.filter(({ costMs }) => costMs[key] !== undefined);
  const path = there.map(({ series, costMs }) => `${x(series)} ${y(costMs[key])}`).join(' L');
  const dots = there.map(
    ({ series, costMs }) => `  <circle class="dot ${key}-ink" cx="${x(series)}" cy="${y(costMs[key])}" r="4.5" />`,
  );
  return [`  <path class="line ${key}" d="M${path}" />`, ...dots].join('\n');
}

/** At the right end of each line, moved apart where they would touch. */
function renderLabels({ y }, points) {
  const { costMs } = points.at(-1);
  const left = PLOT.right + 16;
  let free = 0;
  return LINES.filter(({ key }) => costMs[key] !== undefined)
    .map(({ key, label, detail }) => {
      const top = Math.max(y(costMs[key]) - 4, free);
      free = top + 44;
      return `  <text class="name ${key}-ink" x="${left}" y="${top}">${label}: ${formatTime(costMs[key])}</text>
  <text x="${left}" y="${top + 19}">${detail}</text>`;
    })
    .join('\n');
}

function describe(points) {
  return points
    .map(({ series, costMs }) => {
      const costs = LINES.filter(({ key }) => costMs[key] !== undefined);
      return `${series.toLocaleString('en')} series: ${costs.map(({ key, label }) => `${label} ${formatTime(costMs[key])}`).join(', ')}.`;
    })
    .join(' ');
}
