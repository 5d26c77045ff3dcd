import { isListening } from "../../scripts/services/ports.ts";
import type { Service } from "../../scripts/services/service.ts";

/** Ends by itself after a while, should a test be killed before it has stopped it. */
const LISTEN = `
  require('node:net').createServer().listen(Number(process.argv[1]), '127.0.0.1');
  setTimeout(process.exit, 60_000);`;

/** A service that costs nothing: so many processes which listen on a port each. */
export const listeningService = (servers: number, program = LISTEN): Service => ({
  software: {
    name: "listener",
    effort: "none",
    isQuick: () => true,
    isInstalled: async () => true,
    install: async () => {},
  },
  portCount: servers,
  startMsMax: 20_000,
  stopSignal: "SIGTERM",
  prepare: async ({ ports }) =>
    ports.map((port) => ({ file: process.execPath, args: ["-e", program, String(port)] })),
  isReady: async (ports) => (await Promise.all(ports.map(isListening))).every(Boolean),
  endpoint: (ports) => ports.map((port) => `127.0.0.1:${port}`).join(","),
});
