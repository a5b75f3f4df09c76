import { Follower } from "./follower";
import type { DrillPace } from "./drill";
import type { Frame, JournalEvent, PositionRow, World } from "./types";

const SUBPROTOCOL = "dispatch.json.v1";
const FIRST_RETRY_MS = 250;
// Short enough that a restarted service is found again within the 3 s in which a lost link must show.
const LONGEST_RETRY_MS = 2_000;
export const NOT_SIGNED_IN = 4401;
/** Close codes that no repetition heals: not signed in, or a role that may not follow the stream. */
const REFUSED = new Set([NOT_SIGNED_IN, 4403]);

export type LinkPhase = "connecting" | "live" | "down" | "refused";

export interface StreamListener {
  world(world: World, seq: number): void;
  /** What has brought the world there, as far as this user may see it; none with a snapshot. */
  events(events: readonly JournalEvent[]): void;
  positions(rows: PositionRow[]): void;
  heartbeat(sentAt: string, degraded: readonly string[], drill: DrillPace | null): void;
  /** Any frame at all: the link is alive. */
  heard(): void;
  phase(phase: LinkPhase, closeCode: number | null): void;
}

/** Keeps one websocket to the service open, resumes by sequence number, and reports what it hears. */
export class Stream {
  private readonly follower = new Follower();
  private socket: WebSocket | null = null;
  private retryMs = FIRST_RETRY_MS;
  private retryTimer: ReturnType<typeof setTimeout> | null = null;
  private stopped = false;

  constructor(
    private readonly url: string,
    private readonly listener: StreamListener,
  ) {}

  start(): void {
    this.stopped = false;
    this.open();
  }

  /** Closes and stays closed until it is started again, which resumes after what was heard last. */
  stop(): void {
    this.stopped = true;
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.leave();
  }

  /**
   * Leaves a socket at once and tries anew: after a gap, or when heartbeats stay away although it looks open.
   * The closing handshake is not awaited: over a dead network it would take minutes.
   */
  reopen(): void {
    if (this.leave()) this.closed(1000);
  }

  /** Listens to the socket no longer, whatever it still says; false when there is none. */
  private leave(): boolean {
    const { socket } = this;
    if (socket === null) return false;
    this.socket = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
    return true;
  }

  private open(): void {
    const { seq } = this.follower;
    this.listener.phase("connecting", null);
    const socket = new WebSocket(seq === null ? this.url : `${this.url}?after=${seq}`, SUBPROTOCOL);
    this.socket = socket;
    socket.onmessage = (message) => this.read(JSON.parse(message.data as string) as Frame);
    socket.onclose = (closing) => this.closed(closing.code);
  }

  private read(frame: Frame): void {
    if (this.follower.take(frame) === "gap") {
      this.reopen();
      return;
    }
    this.retryMs = FIRST_RETRY_MS;
    this.listener.heard();
    this.listener.phase("live", null);
    if (frame.type === "positions") this.listener.positions(frame.rows);
    else if (frame.type === "heartbeat") this.listener.heartbeat(frame.sent_at, frame.degraded ?? [], frame.drill ?? null);
    else {
      if (frame.type === "events") this.listener.events(frame.events);
      this.listener.world(this.follower.world, this.follower.seq ?? 0);
    }
  }

  private closed(code: number): void {
    this.socket = null;
    if (this.stopped) return;
    if (REFUSED.has(code)) {
      this.listener.phase("refused", code);
      return;
    }
    this.listener.phase("down", code);
    this.retryTimer = setTimeout(() => this.open(), this.retryMs * (0.8 + 0.4 * Math.random()));
    this.retryMs = Math.min(this.retryMs * 2, LONGEST_RETRY_MS);
  }
}
