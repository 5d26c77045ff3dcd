import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { round } from "../process-cost.ts";
import type { Answer } from "./answer.ts";
import type { Broker, Contender } from "./contender.ts";
import type { Load } from "./load.ts";
import { deleteWritten } from "./peer-topics.ts";
import { ProcessCourse } from "./process-course.ts";

/** What one run has shown. */
export interface Figures {
  readonly seconds: number;
  readonly rowsPerSecond: number;
  readonly mbPerSecond: number;
  readonly cpuSeconds: number;
  readonly brokerCpuSeconds: number;
  readonly peakRssMb: number;
  readonly brokerMb: number;
  /** More than a few: the run is spoilt. */
  readonly othersCpuSeconds: number;
}

export interface Result {
  readonly name: string;
  readonly title: string;
  /** null: it has no number. */
  readonly figures: Figures | null;
  /** Why not. */
  readonly reason: string | null;
}

/** What all contenders of a bench are given. */
export interface World {
  readonly load: Load;
  readonly answer: Answer;
  readonly work: string;
  readonly broker: Broker | null;
}

/** Runs a contender and checks what it has written; one that differs or fails has no number. */
export async function measure(contender: Contender, world: World): Promise<Result> {
  const { name, title } = contender;
  try {
    return { name, title, figures: await figuresOf(contender, world), reason: null };
  } catch (error) {
    return { name, title, figures: null, reason: (error as Error).message };
  }
}

async function figuresOf(contender: Contender, world: World): Promise<Figures> {
  const { load, answer, work, broker } = world;
  await contender.prepare();
  if (broker !== null && contender.onKafka) await deleteWritten(broker.address, broker.log);
  mkdirSync(work, { recursive: true });
  const folder = mkdtempSync(path.join(work, `${contender.name}-`));
  let course: ProcessCourse | null = null;
  const watch = (pid: number) => {
    course = new ProcessCourse(pid, contender.onKafka ? broker!.pid : null);
  };
  try {
    const done = await contender.run({ load, answer, folder, broker, watch });
    if (done.answer.count !== answer.count || done.answer.checksum !== answer.checksum) {
      const of = ({ count, checksum }: Answer) => `${count} records with checksum ${checksum}`;
      throw new Error(`it has written ${of(done.answer)}, and the oracle has ${of(answer)}`);
    }
    return figures(load, course!, done);
  } finally {
    (course as ProcessCourse | null)?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function figures(
  { totalRows, bytes }: Load,
  course: ProcessCourse,
  { startedMs, endedMs }: { readonly startedMs: number; readonly endedMs: number },
): Figures {
  const seconds = (endedMs - startedMs) / 1000;
  const cost = course.between(startedMs, endedMs);
  return {
    seconds: round(seconds, 2),
    rowsPerSecond: Math.round(totalRows / seconds),
    mbPerSecond: round(bytes / 1e6 / seconds),
    cpuSeconds: round(cost.cpuSeconds),
    brokerCpuSeconds: round(cost.brokerCpuSeconds),
    peakRssMb: course.peakRssMb,
    brokerMb: Math.round(cost.brokerBytes / 1e6),
    othersCpuSeconds: round(cost.othersCpuSeconds),
  };
}
