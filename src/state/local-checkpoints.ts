import { sequenceOf, taskFolder } from "./checkpoint-folder.ts";

/**
 * Of which tasks of an application the state lies on this host, and the number of the newest
 * checkpoint of each: told by the paths of the copies alone, since the manifest is the last that a
 * checkpoint gets. Single blocks of it may be gone; whoever restores fetches those.
 */
export function localCheckpoints(
  copies: Iterable<string>,
  applicationId: string,
  generation: number,
): Readonly<Record<string, number>> {
  const newest: Record<string, number> = {};
  const application = taskFolder(applicationId, generation, "");
  for (const path of copies) {
    if (!path.startsWith(application)) continue;
    const [task, kind] = path.slice(application.length).split("/");
    const sequence = sequenceOf(path);
    if (kind !== "manifests" || Number.isNaN(sequence)) continue;
    newest[task!] = Math.max(sequence, newest[task!] ?? 0);
  }
  return newest;
}
