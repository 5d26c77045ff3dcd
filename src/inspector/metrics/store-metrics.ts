import type { RunnerStatus } from "../../runtime/runner-status.ts";
import type { MetricRegistry } from "./metric-registry.ts";

/** How much state a thread has now. */
export function setStores(registry: MetricRegistry, statuses: readonly RunnerStatus[]): void {
  registry.reset("gdelt_store_entries", "gdelt_store_bytes", "gdelt_store_resident_bytes");
  const byName = Map.groupBy(
    statuses.flatMap(({ stores }) => stores),
    ({ name }) => name,
  );
  for (const [store, parts] of byName) {
    const sum = (of: "entries" | "bytes" | "residentBytes") =>
      parts.reduce((total, part) => total + part[of], 0);
    registry.set("gdelt_store_entries", { store }, sum("entries"));
    registry.set("gdelt_store_bytes", { store }, sum("bytes"));
    registry.set("gdelt_store_resident_bytes", { store }, sum("residentBytes"));
  }
}
