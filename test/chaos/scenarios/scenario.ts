import type { Random } from "../../../src/ingest/slice-generator/random.ts";
import type { ChaosWorld } from "../world/chaos-world.ts";

/** A run under way, for who disturbs it. */
export interface Disturbance {
  readonly world: ChaosWorld;
  /** Its own: the load does not depend on what is drawn here. */
  readonly random: Random;
  /** Nothing new is begun after it, if the scenario is of those that go on as long as they may. */
  readonly untilMs: number;
  /** Notes what is done, for the report and for who watches. */
  readonly fault: (what: string) => void;
}

/** What happens to a run. Whatever it is, the invariants hold afterwards. */
export interface Scenario {
  readonly name: string;
  readonly says: string;
  readonly nodes: 1 | 3;
  readonly way: "direct" | "proxied";
  /** Lines of the configuration, besides those of every run. */
  readonly settings?: readonly string[];
  /** Whether a mart is kept too, where there is a Postgres. */
  readonly mart?: true;
  /** How long it goes on in its short form, beside the start and the end of everything. */
  readonly shortMs: number;
  /** Leaves everything healed; who is down may still be down. */
  readonly disturb: (run: Disturbance) => Promise<void>;
}
