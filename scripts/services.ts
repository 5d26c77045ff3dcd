import { parseArguments } from "../src/app/parse-arguments.ts";
import { ConfigError } from "../src/record/errors.ts";
import {
  endpointVariable,
  givenEndpoint,
  instanceOf,
  SERVICES,
  type ServiceName,
} from "./services/catalog.ts";
import { chromiumSoftware } from "./services/chromium.ts";
import { install } from "./services/install.ts";
import type { Settings } from "./services/instance.ts";
import { nameOf } from "./services/instance-state.ts";
import { stopAbandoned } from "./services/own-instance.ts";
import type { Software } from "./services/service.ts";

/** Only installed: it is no server. */
const BROWSER = chromiumSoftware.name;
const NAMES = Object.keys(SERVICES) as ServiceName[];
const HELP = `Servers for tests on this machine; none of them is needed to use gdelt-streams.

  npm run services -- install [service …]
  npm run services -- start [service …] [--port N] [--fsync]
  npm run services -- stop [service …]
  npm run services -- status

Services: ${NAMES.join(", ")}; all when none is named. To install alone: ${BROWSER}. What is started by hand runs until it is stopped
by hand. Ports are free ones, or from N on. Stopping deletes the data.
`;

function say(name: string, text: string): void {
  process.stdout.write(`${name.padEnd(10)} ${text}\n`);
}

async function installed(name: string, software: Software): Promise<void> {
  if (!(await software.isInstalled())) say(name, `installing: ${software.effort}`);
  const seconds = await install(software);
  say(name, seconds === null ? "is installed" : `installed in ${seconds.toFixed(0)} s`);
}

async function start(name: ServiceName, settings: Settings): Promise<void> {
  if (givenEndpoint(name) !== undefined) return status(name);
  await install(SERVICES[name].software);
  await instanceOf(name).start(SERVICES[name], "hand", settings);
  await status(name);
}

async function stop(name: ServiceName): Promise<void> {
  const holders = await instanceOf(name).stop("hand");
  say(
    name,
    holders.length === 0 ? "is stopped" : `still runs, for ${holders.map(nameOf).join(", ")}`,
  );
}

async function status(name: ServiceName): Promise<void> {
  const given = givenEndpoint(name);
  if (given !== undefined) return say(name, `${given}, given by ${endpointVariable(name)}`);
  const running = await instanceOf(name).running();
  if (running === null) {
    const isInstalled = await SERVICES[name].software.isInstalled();
    return say(name, isInstalled ? "is stopped" : "is not installed");
  }
  const { ports, servers, holders } = running;
  const pids = servers.map(({ pid }) => pid).join(", ");
  say(
    name,
    `${SERVICES[name].endpoint(ports)}, process ${pids}, for ${holders.map(nameOf).join(", ")}`,
  );
}

async function runServices(args: string[]): Promise<void> {
  const { values, positionals } = parseArguments({
    args,
    allowPositionals: true,
    options: { port: { type: "string" }, fsync: { type: "boolean" } },
  });
  const [command, ...named] = positionals;
  const isBrowser = command === "install" && named.join() === BROWSER;
  const names = named.length === 0 || isBrowser ? NAMES : named.map(serviceName);
  const port = values.port === undefined ? undefined : portNumber(values.port, names);
  const settings = { ...(values.fsync && { fsync: true }), ...(port !== undefined && { port }) };
  const actions: Readonly<Record<string, (name: ServiceName) => Promise<void>>> = {
    install: (name) => installed(name, SERVICES[name].software),
    start: (name) => start(name, settings),
    stop,
    status,
  };
  const action = actions[command ?? ""];
  if (action === undefined) throw new ConfigError(HELP);
  if (isBrowser) return await installed(BROWSER, chromiumSoftware);
  for (const name of names) await action(name);
  if (command === "stop") await stopAbandoned();
}

function serviceName(name: string): ServiceName {
  const known = NAMES.find((other) => other === name);
  if (known === undefined) throw new ConfigError(`there is no service "${name}"\n\n${HELP}`);
  return known;
}

function portNumber(text: string, names: readonly ServiceName[]): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new ConfigError(`--port ${text} is no port`);
  }
  if (names.length !== 1) throw new ConfigError("--port is for one service: name it");
  return port;
}

try {
  await runServices(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
