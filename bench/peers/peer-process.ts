import { spawn } from "node:child_process";
import { once } from "node:events";

const COMPLAINT_CHARS = 2000;

/** What a program of the bench prints: a JSON object on a line, with `at` and `ms`. */
interface Said {
  readonly at: string;
  readonly ms: number;
  readonly rows?: number;
}

export interface PeerTimes {
  readonly startedMs: number;
  readonly endedMs: number;
  /** Rows that it has seen, if it counts them. */
  readonly rows: number | null;
}

/** Runs a program to its end; when it began and ended its work, as it says. @throws when it fails. */
export async function runPeer(
  file: string,
  args: readonly string[],
  watch: (pid: number) => void,
  environment: Readonly<Record<string, string>> = {},
): Promise<PeerTimes> {
  const child = spawn(file, args, { env: { ...process.env, ...environment } });
  // An interrupted bench leaves nobody behind.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  let printed = "";
  let complaint = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINT_CHARS);
  });
  if (child.pid !== undefined) watch(child.pid);
  const [code, signal] = await once(child, "close");
  process.off("exit", kill);
  if (code !== 0) throw new Error(`it ended with ${signal ?? code}: ${complaint.trim()}`);
  const said = printed
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Said);
  const of = (at: string) => said.find((each) => each.at === at);
  const [started, ended] = [of("started"), of("ended")];
  if (!started || !ended) throw new Error(`it does not say when it ended: ${printed}${complaint}`);
  return { startedMs: started.ms, endedMs: ended.ms, rows: ended.rows ?? null };
}
