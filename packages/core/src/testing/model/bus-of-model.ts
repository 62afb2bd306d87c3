import type { BgEvent } from "../../event/event.ts";
import type { EventBus } from "../../ports/event-bus.ts";
import type { BusMode } from "../memory-event-bus.ts";

/** A bus to hold the model against: whatever befalls it, one can look at what it took. */
export interface BusOfModel extends EventBus {
  /** In the order taken. It holds all that was ever confirmed; what was not confirmed may come into it at any time, or never. */
  readonly taken: readonly BgEvent[];
  /** How it is from now on. Once it is `there` again it takes what it is given. */
  mode: BusMode;
}
