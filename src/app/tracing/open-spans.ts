import { setTimeout as sleep } from "node:timers/promises";
import { ConfigError } from "../../record/errors.ts";
import type { Resource } from "./span.ts";
import { SpanExporter } from "./span-exporter.ts";

/**
 * Sends spans from here on; null: nobody wants them.
 * @param endpoint what `otlp.endpoint` says. @throws ConfigError when that is no address.
 */
export function openSpans(
  endpoint: string | null,
  resource: Resource,
  complain: (message: string) => void,
): SpanExporter | null {
  if (endpoint === null) return null;
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? "")) {
    throw new ConfigError(`otlp.endpoint takes http://collector:4318, not "${endpoint}"`);
  }
  return new SpanExporter({
    ...{ endpoint, resource, complain },
    random: Math.random,
    wait: (ms, signal) => sleep(ms, undefined, { signal, ref: false }).catch(() => {}),
  });
}
