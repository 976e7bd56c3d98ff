import type { X509Certificate } from 'node:crypto';
import { constants, type ServerHttp2Session } from 'node:http2';
import { TLSSocket } from 'node:tls';
import { CancellationSource } from '../../async/cancellation.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import { ZxpError } from '../../model/errors.js';
import type { MonotonicClock } from '../../model/ports.js';
import { readPeer } from '../../net/addresses.js';

/** One client's HTTP/2 connection, as the server sees it. */
export interface ServerConnection {
  readonly remoteAddress: string;
  readonly isEncrypted: boolean;
  /** The client's certificate, verified; undefined where none was required. */
  readonly certificate: X509Certificate | undefined;
  /** Aborts when the connection has ended. */
  readonly signal: CancellationSignal;
  /** A call was reset: a client that does little else is disconnected. */
  countReset(): void;
  /** Takes no more calls; ends with the last one. */
  close(): void;
  /** Ends it and its calls at once. */
  destroy(): void;
}

/** How long a client may take for its first SETTINGS frame. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** gRPC clients ping for each of their bandwidth estimates: as often as once for every message that they read. */
const PING_ALLOWANCE = { burst: 2000, perSecond: 200 };
const SETTINGS_ALLOWANCE = { burst: 100, perSecond: 1 };
/** Less than nghttp2's own, after which it leaves a session behind that never closes. */
const RESET_ALLOWANCE = { burst: 200, perSecond: 20 };

export interface ServerConnectionOptions {
  readonly windowBytes: number;
  /** A connection on which nothing happens for so long is ended. */
  readonly idleTimeoutMs: number;
  readonly now: MonotonicClock;
  readonly onFlood: (frames: string) => void;
}

/** Watches over a session: its handshake, its floods of control frames, its end. */
export function createServerConnection(
  session: ServerHttp2Session,
  options: ServerConnectionOptions,
): ServerConnection {
  const ended = new CancellationSource();
  const { socket } = session;
  const remoteAddress = readPeer(socket) ?? '';
  const certificate = socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
  const handshake = setTimeout(() => session.destroy(), HANDSHAKE_TIMEOUT_MS);
  handshake.unref();
  const calm = (frames: string) => {
    if (session.destroyed) return;
    options.onFlood(frames);
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    session.destroy(new ZxpError('limit', `too many ${frames} frames`), constants.NGHTTP2_ENHANCE_YOUR_CALM);
  };
  const pings = createAllowance(PING_ALLOWANCE, options.now);
  const settings = createAllowance(SETTINGS_ALLOWANCE, options.now);
  const resets = createAllowance(RESET_ALLOWANCE, options.now);
  session.on('error', () => undefined);
  session.setTimeout(options.idleTimeoutMs, () => session.destroy());
  session.on('ping', () => pings.take() || calm('PING'));
  session.on('remoteSettings', () => {
    clearTimeout(handshake);
    if (!settings.take()) calm('SETTINGS');
  });
  session.once('close', () => {
    clearTimeout(handshake);
    ended.abort(new ZxpError('closed', 'the connection has ended'));
  });
  session.setLocalWindowSize(options.windowBytes);
  return {
    remoteAddress,
    isEncrypted: session.encrypted === true,
    certificate,
    signal: ended,
    countReset: () => {
      if (!resets.take()) calm('RST_STREAM');
    },
    close: () => session.close(),
    destroy: () => session.destroy(),
  };
}

/** A token bucket. */
function createAllowance(rate: { readonly burst: number; readonly perSecond: number }, now: MonotonicClock) {
  let left = rate.burst;
  let countedMs = now();
  return {
    take: (): boolean => {
      const nowMs = now();
      left = Math.min(rate.burst, left + ((nowMs - countedMs) / 1000) * rate.perSecond);
      countedMs = nowMs;
      if (left < 1) return false;
      left--;
      return true;
    },
  };
}
