#!/usr/bin/env node
import { existsSync } from "node:fs";

// A checkout runs its sources as they are; an installed package its built JavaScript, because Node
// strips no types below node_modules.
const [major] = process.versions.node.split(".").map(Number);
if (major < 24) {
  console.error(`gdelt-streams needs Node 24 or newer, this is ${process.versions.node}`);
  process.exit(1);
}
const source = new URL("../src/app/main.ts", import.meta.url);
const built = new URL("../dist/app/main.js", import.meta.url);
await import(existsSync(source) ? source : built);
