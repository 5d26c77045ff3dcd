import { createHash } from "node:crypto";
import type { Store } from "../../../src/state/store.ts";
import { WindowStore } from "../../../src/state/window-store.ts";
import { isOrderFree } from "../../silver/order-free-counters.ts";

/** What a task knows beside its stores. */
export interface KnownBeside {
  readonly counters: Readonly<Record<string, number>>;
  readonly streamTimeMs: number;
}

/**
 * What a task holds, in lines that do not depend on the order in which rows have come: the keys of
 * each segment of its stores, its counters, its stream time.
 */
export function stateLines(
  stores: readonly Store[],
  { counters, streamTimeMs }: KnownBeside,
): string[] {
  const counts = Object.entries(counters).filter(
    ([name, count]) => count !== 0 && isOrderFree(name),
  );
  return [
    `stream time ${streamTimeMs}`,
    ...counts.map(([name, count]) => `counter ${name} ${count}`),
    ...stores.flatMap(storeLines),
  ];
}

function storeLines(store: Store): string[] {
  if (!(store instanceof WindowStore)) throw new TypeError(`store ${store.name} has no windows`);
  return store.segmentIds().flatMap((id) => {
    const segment = store.segment(id)!;
    const keys: string[] = [];
    segment.forEachHead((position) => {
      segment.at(position);
      keys.push(`${segment.high} ${segment.low}`);
    });
    if (keys.length === 0) return [];
    const digest = createHash("sha256").update(keys.sort().join("\n")).digest("hex").slice(0, 12);
    return [`store ${store.name} segment ${id}: ${keys.length} keys ${digest}`];
  });
}
