import type { Call, Consumption, Delivery, SourceId, Verdict } from "@bg-ingest/core";
import { type BusTime, pause } from "./bus-time.ts";
import type { RecentVerdicts } from "./recent-verdicts.ts";

/** A delivery that the broker has handed to us and waits to hear of. */
interface InHand {
  readonly delivery: Delivery;
  /** What brought it; if that is lost the broker hands it out again. */
  readonly from: object;
  /** The broker may forget it. */
  settle(): void;
}

export type SetApart = Extract<Verdict, { readonly kind: "set_apart" }>;

export interface DeliveryLanesDeps {
  readonly work: (delivery: Delivery, call: Call) => PromiseLike<Verdict>;
  /** Keeps a delivery apart; `false` if that did not work now. */
  readonly setApart: (delivery: Delivery, verdict: SetApart) => Promise<boolean>;
  /** Has a delivery come again later, behind others; `false` if that did not work now. */
  readonly postpone: (delivery: Delivery) => Promise<boolean>;
  /** `work` threw: a bug of whoever gave it. */
  readonly onBug: (delivery: Delivery, cause: unknown) => void;
  readonly recent: RecentVerdicts;
  readonly time: BusTime;
  /** Aborted when whatever is being worked on is to give up. */
  readonly signal: AbortSignal;
  /** So many deliveries at once, each of another source. */
  readonly parallel: number;
  /** A source that is held keeps no more than this in hand, or one delivery. */
  readonly mostBytesInLane: number;
}

/** One lane per source with something in hand: what is held or worked on stops its own lane and no other. */
export interface DeliveryLanes extends Consumption {
  arrive(inHand: InHand): void;
  /** The source was erased: nothing of it that arrived so far is handed out, and no verdict on it counts. */
  drop(sourceId: SourceId): void;
  /** What came from there comes again. */
  lose(from: object): void;
  size(): number;
}

interface Lane {
  readonly waiting: InHand[];
  state: "free" | "working" | "held";
}

/** A source that is held takes no more of the room in hand than this: what else it has is postponed, and loses its order. */
const MOST_IN_LANE = 100;
const RECORD_AGAIN_MS = 1_000;
/** After a `work` that threw: without a verdict the delivery comes back, but not in a loop. */
const AFTER_BUG_MS = 60_000;

export function createDeliveryLanes(deps: DeliveryLanesDeps): DeliveryLanes {
  const { time, parallel, recent, mostBytesInLane } = deps;
  const lanes = new Map<SourceId, Lane>();
  /** Lanes that may be served, the one that was served longest ago first. */
  const ready = new Set<SourceId>();
  const working = new Set<Promise<void>>();
  const lost = new WeakSet<object>();
  const postponing = new Set<InHand>();
  const stopping = new AbortController();

  const handOut = (): void => {
    for (const sourceId of ready) {
      if (stopping.signal.aborted || working.size >= parallel) return;
      ready.delete(sourceId);
      serve(sourceId, lanes.get(sourceId));
    }
  };
  const serve = (sourceId: SourceId, lane: Lane | undefined): void => {
    const head = lane?.waiting[0];
    if (lane === undefined || lane.state !== "free") return;
    if (head === undefined) return void lanes.delete(sourceId);
    lane.state = "working";
    const over = judge(head).then((verdict) => {
      working.delete(over);
      after(sourceId, lane, verdict);
    });
    working.add(over);
  };
  const after = (sourceId: SourceId, lane: Lane, verdict: Verdict): void => {
    lane.state = verdict.kind === "hold" ? "held" : "free";
    if (verdict.kind === "hold") {
      for (const inHand of lane.waiting.splice(fitting(lane.waiting, mostBytesInLane))) void postpone(inHand);
      time.after(verdict.waitMs, () => {
        lane.state = "free";
        open(sourceId);
      });
    }
    open(sourceId);
  };
  const open = (sourceId: SourceId): void => {
    ready.add(sourceId);
    handOut();
  };

  async function judge(head: InHand): Promise<Verdict> {
    const verdict = await Promise.resolve(head.delivery)
      .then((delivery) => deps.work(delivery, { signal: deps.signal }))
      .catch((cause: unknown): Verdict => {
        deps.onBug(head.delivery, cause);
        return { kind: "hold", waitMs: AFTER_BUG_MS };
      });
    return (await isRecorded(head, verdict)) ? verdict : { kind: "hold", waitMs: RECORD_AGAIN_MS };
  }

  /** `false` only if it is stopped before what is to be set apart could be kept: then it comes again. */
  async function isRecorded(head: InHand, verdict: Verdict): Promise<boolean> {
    if (verdict.kind === "hold") return true;
    while (verdict.kind === "set_apart" && !isDropped(head) && !(await deps.setApart(head.delivery, verdict))) {
      if (stopping.signal.aborted) return false;
      await pause(time, RECORD_AGAIN_MS);
    }
    const standing = lost.has(head.from) ? again(head) : head;
    const isTaken = standing !== undefined && take(standing);
    if (isTaken) standing.settle();
    if (isTaken || standing === undefined) recent.add(head.delivery);
    return true;
  }

  /** The same delivery, if the broker has handed it out anew while it was worked on. */
  const again = ({ delivery }: InHand): InHand | undefined =>
    lanes.get(delivery.sourceId)?.waiting.find((inHand) => inHand.delivery.id === delivery.id);

  async function postpone(inHand: InHand): Promise<void> {
    postponing.add(inHand);
    const isPostponed = await deps.postpone(inHand.delivery);
    if (!postponing.delete(inHand)) return;
    if (isPostponed) inHand.settle();
    else push(inHand);
  }

  const push = (inHand: InHand): void => {
    const { sourceId } = inHand.delivery;
    const lane = lanes.get(sourceId) ?? { waiting: [], state: "free" };
    lanes.set(sourceId, lane);
    lane.waiting.push(inHand);
    if (lane.state === "free") open(sourceId);
  };
  const take = (inHand: InHand): boolean => {
    const lane = lanes.get(inHand.delivery.sourceId);
    const at = lane?.waiting.indexOf(inHand) ?? -1;
    if (at === -1) return false;
    lane?.waiting.splice(at, 1);
    return true;
  };
  const isDropped = (head: InHand): boolean => !lost.has(head.from) && lanes.get(head.delivery.sourceId)?.waiting.includes(head) !== true;

  return {
    arrive(inHand) {
      // The broker has not heard its verdict: the work is not done twice.
      if (recent.has(inHand.delivery)) return inHand.settle();
      const lane = lanes.get(inHand.delivery.sourceId);
      const fits = lane?.state !== "held" || fitting([...lane.waiting, inHand], mostBytesInLane) > lane.waiting.length;
      if (fits) push(inHand);
      else void postpone(inHand);
    },
    drop(sourceId) {
      recent.forgetSource(sourceId);
      for (const inHand of lanes.get(sourceId)?.waiting.splice(0) ?? []) inHand.settle();
      for (const inHand of [...postponing]) if (inHand.delivery.sourceId === sourceId && postponing.delete(inHand)) inHand.settle();
    },
    lose(from) {
      lost.add(from);
      for (const inHand of [...postponing]) if (inHand.from === from) postponing.delete(inHand);
      for (const [sourceId, lane] of lanes) {
        const kept = lane.waiting.filter((inHand) => inHand.from !== from);
        lane.waiting.splice(0, lane.waiting.length, ...kept);
        if (lane.waiting.length === 0 && lane.state === "free") lanes.delete(sourceId);
      }
    },
    size: () => [...lanes.values()].reduce((sum, { waiting }) => sum + waiting.length, postponing.size),
    async stop() {
      stopping.abort();
      await Promise.all(working);
    },
  };
}

/** How many of them, from the first on, a source that is held may keep. */
function fitting(waiting: readonly InHand[], mostBytes: number): number {
  let bytes = 0;
  const over = waiting.findIndex(({ delivery }, n) => {
    bytes += delivery.body.byteLength;
    return n > 0 && (n >= MOST_IN_LANE || bytes > mostBytes);
  });
  return over === -1 ? waiting.length : over;
}
