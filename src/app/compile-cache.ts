import module from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";

/**
 * What was compiled once is read from the disk at the next start, by threads too, which look at the
 * environment only: that halves the processor time of a start. `NODE_DISABLE_COMPILE_CACHE=1`
 * switches it off, as everywhere; where nothing can be written it changes nothing.
 */
export function useCompileCache(): void {
  const { env } = process;
  env["NODE_COMPILE_CACHE"] ??= path.join(tmpdir(), "node-compile-cache");
  module.enableCompileCache(env["NODE_COMPILE_CACHE"]);
}
