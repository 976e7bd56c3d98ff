import type { Socket } from 'node:net';
import type { TargetHistory } from './scrape-history.js';

/** Where a connection came in: the number of the address among all that zxp listens on. */
export interface Arrival {
  readonly listener: number;
  /** Whether that is a unix socket, whose clients have no address. */
  readonly isUnix: boolean;
  /** Whether that address serves health alone. */
  readonly isHealth: boolean;
}

/** The environment variable that holds the number of a worker process. */
export const workerVariable = 'WORKER_OF_ZXP';

/** All processes of a daemon that is several, this one with them. */
export interface ClusterHandle {
  /** Whether all of them take connections. */
  readonly isReady: () => boolean;
  /** Reloads the configuration in all of them. */
  readonly reload: () => Promise<void>;
  /** The exposition of their own metrics. */
  readonly writeMetrics: () => Promise<string>;
  /** What the processes know of past scrapes, one list each. */
  readonly listHistories: () => Promise<readonly (readonly TargetHistory[])[]>;
  /** Calls back with each connection that this process is to serve; nothing has been read from it. */
  readonly onConnection: (listener: (socket: Socket, arrival: Arrival) => void) => void;
}

/** A daemon that is running. */
export interface Exporter {
  /** What it is bound to, for the log: `http://*:8081`, `unix:/run/zxp.sock`. Empty for one of several processes. */
  readonly addresses: readonly string[];
  /** Where TCP addresses can be reached from this machine: `http://localhost:8081`. */
  readonly urls: readonly string[];
  /** Where health is served apart from the rest; undefined where it is not. */
  readonly healthUrl: string | undefined;
  /** Reloads the configuration. Throws what was wrong with it; the previous one stays active then. */
  reload(): Promise<void>;
  /** Its own metrics, to be summed with those of other processes. */
  collectMetrics(): Promise<readonly object[]>;
  /** What it knows of past scrapes, to be merged with that of other processes. */
  listHistory(): readonly TargetHistory[];
  /** Finishes the scrapes under way and closes everything. */
  close(): Promise<void>;
}
