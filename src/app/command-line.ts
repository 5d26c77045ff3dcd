import { ConfigError } from "../record/errors.ts";
import { machineClock as clock } from "./machine-clock.ts";

type Command = (args: string[]) => Promise<number>;

/**
 * What each command does; the exit code of the process. A command is loaded only when it runs: what
 * runs the topology takes 60 MB and a third of a second.
 */
const COMMANDS: Readonly<Record<string, Command>> = {
  start: async (args) => (await import("./start-command.ts")).start(args, clock),
  feed: async (args) => (await import("./feed-command.ts")).runFeed(args, clock),
  run: async (args) => (await import("./run/run-command.ts")).run(args, clock),
  replay: async (args) => (await import("./replay-command.ts")).runReplay(args, clock),
  backfill: async (args) =>
    (await import("./backfill/backfill-command.ts")).runBackfill(args, clock),
  generate: async (args) => (await import("./generate-command.ts")).generate(args),
  simulate: async (args) => (await import("./simulate-command.ts")).simulate(args, clock),
  reset: async (args) => (await import("./reset-command.ts")).runReset(args, clock),
  savepoint: async (args) => (await import("./savepoint-command.ts")).runSavepoint(args, clock),
  restore: async (args) => (await import("./savepoint-command.ts")).runRestore(args, clock),
  rescale: async (args) => (await import("./rescale-command.ts")).runRescale(args, clock),
  topology: async (args) => (await import("./topology-command.ts")).printTopology(args),
  lake: async (args) => (await import("./lake-command.ts")).runLake(args, clock),
  state: async (args) => (await import("./state-command.ts")).runState(args),
  mart: async (args) => (await import("./mart-command.ts")).runMart(args),
  gold: async (args) => (await import("./gold/gold-command.ts")).runGoldCommand(args, clock),
  deploy: async (args) => (await import("./deploy/deploy-command.ts")).runDeploy(args, clock),
  tune: async (args) => (await import("./tune/tune-command.ts")).runTune(args),
  probe: async (args) => (await import("./probe-command.ts")).runProbe(args, clock),
  audit: async (args) => (await import("./audit-command.ts")).runAudit(args),
  explain: async (args) => (await import("./explain-command.ts")).runExplain(args),
  sql: async (args) => (await import("./sql-command.ts")).runSql(args),
  "--version": async () => {
    process.stdout.write(`${await (await import("./version.ts")).version()}\n`);
    return 0;
  },
  "--help": printHelp,
  "-h": printHelp,
  help: printHelp,
};

/** Runs a command; the exit code of the process. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) {
    await printHelp([]);
    return 2;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return await (asksForHelp(rest) ? printHelp([name]) : command(rest));
  throw new ConfigError(`there is no command "${name}"; see gdelt-streams --help`);
}

/** Before a `--`: what is behind it is no option. */
const asksForHelp = (args: readonly string[]): boolean =>
  args.slice(0, args.includes("--") ? args.indexOf("--") : args.length).some(isHelp);

const isHelp = (arg: string): boolean => arg === "--help" || arg === "-h";

/** Of one command, or of all. */
async function printHelp([command = ""]: string[]): Promise<number> {
  const { HELP, helpFor } = await import("./help.ts");
  process.stdout.write(helpFor(command) || HELP);
  return 0;
}
