import { writeFileSync } from "node:fs";
import { metricsPage } from "../src/inspector/metrics/describe-metrics.ts";

/** Writes the page of all metrics from their catalogue: `node scripts/metrics.ts`. */
writeFileSync("docs/metrics.md", metricsPage());
