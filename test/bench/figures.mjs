/** Every figure of the bench with its target. A figure more is one entry more. */
import { compressionFigure } from './figures/compression.mjs';
import { memoryFigure } from './figures/memory.mjs';
import { passwordFigure } from './figures/password.mjs';
import { mappingAloneFigure, mappingFigure, pipelineFigure, writingFigure } from './figures/pipeline.mjs';
import { rateOverBareFigure, rateOverNaiveFigure } from './figures/rate.mjs';
import { idleFigure, peakFigure, riseFigure } from './figures/resident.mjs';
import { mappingScrapeCpuFigure, scrapeCpuFigure } from './figures/scrape-cpu.mjs';
import { slowNeighbourFigure } from './figures/slow-neighbour.mjs';
import { helpFigure, startFigure } from './figures/start.mjs';
import { workersFigure } from './figures/workers.mjs';

/** The targets are those of the project's performance goals; `short` has the same figures of smaller documents. */
export function listFigures({ short }) {
  return short ? listShortFigures() : listFullFigures();
}

function listFullFigures() {
  return [
    pipelineFigure({ series: 1_000, rounds: 25, naiveRounds: 9, target: {} }),
    pipelineFigure({ series: 10_000, rounds: 25, naiveRounds: 9, target: {} }),
    pipelineFigure({ series: 100_000, rounds: 15, naiveRounds: 5, target: {} }),
    pipelineFigure({ series: 500_000, rounds: 5, naiveRounds: 1, target: {} }),
    mappingFigure({ objects: 10, rounds: 25, target: {} }),
    mappingFigure({ objects: 100, rounds: 25, target: {} }),
    mappingFigure({ objects: 1_000, rounds: 25, target: {} }),
    mappingFigure({ objects: 10_000, rounds: 15, target: {} }),
    mappingFigure({ objects: 1_000, kind: 'lean', rounds: 25, target: {} }),
    mappingFigure({ objects: 10_000, kind: 'mapped', rounds: 15, target: {} }),
    mappingAloneFigure({ objects: 10_000, rounds: 15, target: {} }),
    mappingAloneFigure({ objects: 10_000, kind: 'cel', rounds: 15, target: { max: 5 } }),
    writingFigure({ format: 'openmetrics', series: 10_000, rounds: 25, target: {} }),
    writingFigure({ format: 'openmetrics2', series: 10_000, rounds: 25, target: {} }),
    writingFigure({ format: 'protobuf', series: 1_000, rounds: 25, target: { max: 1 } }),
    writingFigure({ format: 'protobuf', series: 10_000, rounds: 25, target: { max: 1 } }),
    writingFigure({ format: 'protobuf', series: 100_000, rounds: 15, target: { max: 1 } }),
    rateOverNaiveFigure({ series: 20, rounds: 5, warmUpSeconds: 2, target: {} }),
    rateOverNaiveFigure({ series: 1_000, rounds: 5, warmUpSeconds: 2, target: {} }),
    rateOverBareFigure({ series: 20, rounds: 5, warmUpSeconds: 2, target: {} }),
    rateOverBareFigure({ series: 1_000, rounds: 5, warmUpSeconds: 2, target: {} }),
    workersFigure({ rounds: 9, warmUpSeconds: 3, target: { min: 1.8 } }),
    scrapeCpuFigure({ series: 20, rounds: 5, target: { max: 14 } }),
    scrapeCpuFigure({ series: 100, rounds: 3, target: {} }),
    scrapeCpuFigure({ series: 1_000, rounds: 5, target: { max: 2.4 } }),
    scrapeCpuFigure({ series: 10_000, rounds: 5, target: { max: 2.3 } }),
    scrapeCpuFigure({ series: 100_000, rounds: 4, naiveRounds: 3, target: { max: 1.5 } }),
    scrapeCpuFigure({ series: 500_000, rounds: 4, naiveRounds: 1, target: {} }),
    mappingScrapeCpuFigure({ objects: 4, rounds: 4, target: { max: 45 } }),
    mappingScrapeCpuFigure({ objects: 100, rounds: 4, target: { max: 5 } }),
    mappingScrapeCpuFigure({ objects: 1_000, rounds: 4, target: { max: 4 } }),
    mappingScrapeCpuFigure({ objects: 10_000, rounds: 4, target: { max: 3.5 } }),
    compressionFigure({ encoding: 'gzip', series: 1_000, rounds: 5, target: {} }),
    compressionFigure({ encoding: 'gzip', series: 100_000, rounds: 5, target: {} }),
    compressionFigure({ encoding: 'zstd', series: 1_000, rounds: 5, target: {} }),
    compressionFigure({ encoding: 'zstd', series: 100_000, rounds: 5, target: {} }),
    slowNeighbourFigure({ series: 20, neighbourSeries: 500_000, seconds: 6, rounds: 3, target: { max: 4 } }),
    passwordFigure({ passwords: 5, rounds: 7, target: { max: 5 } }),
    memoryFigure({ series: 100_000, rounds: 7, target: {} }),
    memoryFigure({ series: 500_000, rounds: 3, naiveRounds: 1, target: {} }),
    idleFigure({ rounds: 5, target: { max: 75 } }),
    peakFigure({ series: 10_000, rounds: 3, target: {} }),
    peakFigure({ series: 100_000, rounds: 3, target: {} }),
    peakFigure({ series: 500_000, rounds: 3, target: {} }),
    riseFigure({ series: 750_000, rounds: 3, target: { max: 1.2 } }),
    startFigure({ rounds: 15, target: { max: 2.1 } }),
    helpFigure({ rounds: 15, target: { max: 2.1 } }),
  ];
}

function listShortFigures() {
  return [
    pipelineFigure({ series: 1_000, rounds: 3, naiveRounds: 1, target: {} }),
    mappingFigure({ objects: 100, rounds: 3, target: {} }),
    mappingAloneFigure({ objects: 100, rounds: 3, target: {} }),
    writingFigure({ format: 'openmetrics2', series: 1_000, rounds: 3, target: {} }),
    writingFigure({ format: 'protobuf', series: 1_000, rounds: 3, target: { max: 1 } }),
    rateOverNaiveFigure({ series: 20, rounds: 1, warmUpSeconds: 1, target: {} }),
    rateOverBareFigure({ series: 20, rounds: 1, warmUpSeconds: 1, target: {} }),
    workersFigure({ rounds: 1, warmUpSeconds: 1, target: { min: 1.8 } }),
    scrapeCpuFigure({ series: 20, rounds: 1, warmUpSeconds: 1, target: { max: 14 } }),
    mappingScrapeCpuFigure({ objects: 4, rounds: 1, warmUpSeconds: 1, target: { max: 45 } }),
    compressionFigure({ encoding: 'gzip', series: 20, rounds: 1, warmUpSeconds: 1, target: {} }),
    slowNeighbourFigure({ series: 20, neighbourSeries: 2_000, seconds: 1, rounds: 1, target: { max: 6 } }),
    passwordFigure({ passwords: 2, rounds: 1, target: { max: 5 } }),
    memoryFigure({ series: 2_000, rounds: 1, target: {} }),
    idleFigure({ rounds: 1, target: { max: 75 } }),
    startFigure({ rounds: 2, target: { max: 2.1 } }),
    helpFigure({ rounds: 2, target: { max: 2.1 } }),
  ];
}
