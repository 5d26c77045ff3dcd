import type { GraphLayout } from "../graph/graph-layout.ts";
import type { GatheredState } from "../peers/gathering.ts";
import type { DeadLetters, EventAudit, KnownEvent } from "./contract.ts";
import type { Asked, Connected } from "./inspector-client.ts";
import { LagWatch } from "./lag-watch.ts";
import type { ProcessNumbers } from "./process-numbers.ts";
import { ToldQueue } from "./told-queue.ts";
import { Vitals } from "./vitals.ts";

/** A node of the graph, or a task of a replica, whose details are open. */
export type Selected =
  | { readonly kind: "node"; readonly id: string }
  | { readonly kind: "task"; readonly replica: string; readonly id: string };

/** An event that is looked for. */
export interface Search {
  readonly id: string;
  /** null: on its way. */
  readonly event: Asked<KnownEvent> | null;
  readonly audit: Asked<EventAudit> | null;
}

/** All that the page knows; panels draw it, and `main.ts` fills it. */
export class Model {
  readonly health = new LagWatch();
  readonly vitals = new Vitals();
  readonly told = new ToldQueue();
  connected: Connected = "connecting";
  /** A token was tried, and is not the one. */
  wasRefused = false;
  state: GatheredState | null = null;
  layout: GraphLayout | null = null;
  numbers: ProcessNumbers | null = null;
  deadLetters: Asked<DeadLetters> | null = null;
  selected: Selected | null = null;
  search: Search | null = null;
}

/** What a person can do. */
export interface Actions {
  readonly select: (selected: Selected | null) => void;
  readonly find: (id: string) => void;
  readonly pause: () => void;
  readonly unlock: (token: string) => void;
  readonly download: (format: "svg" | "png") => void;
}
