import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { WriterTask } from "./table-writer.ts";

const program = fileURLToPath(new URL("./table-writer.ts", import.meta.url));

/** How a process ended: an exit code, or a signal; and its last words. */
interface Ended {
  readonly how: number | string;
  readonly words: string;
}

/** A writer in a process of its own, which can be killed. */
export class WriterProcess {
  private readonly child: ChildProcess;
  readonly ended: Promise<Ended>;

  constructor(task: WriterTask) {
    this.child = spawn(process.execPath, [program, JSON.stringify(task)], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let words = "";
    this.child.stderr!.on("data", (chunk) => {
      words += chunk;
    });
    this.ended = once(this.child, "close").then(([code, signal]) => ({
      how: signal ?? code,
      words,
    }));
  }

  /** At once, without a warning. */
  kill(): void {
    this.child.kill("SIGKILL");
  }
}
