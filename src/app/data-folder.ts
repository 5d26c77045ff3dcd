import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { ConfigError } from "../record/errors.ts";

/** What must stay as it was when a folder was used first. */
export interface FolderClaim {
  /** Whose slices these are, in words: those of two feeds do not belong together. */
  readonly feed: string;
  /** When it was begun; a rescale may have changed them since. */
  readonly partitions: number;
  readonly translation: boolean;
}

/** Everything that is needed to go on lies here, beside the tables. */
export const workFolder = (folder: string): string => path.join(folder, ".gdelt-streams");

/**
 * Notes in a data folder what it is used for, or checks that it is used as before.
 * @throws ConfigError when it is used otherwise: invented news would be joined with real ones.
 */
export async function claimFolder(folder: string, claim: FolderClaim): Promise<void> {
  const known = await claimOf(folder);
  if (known === null) return writeClaim(folder, claim);
  for (const [name, value] of Object.entries(claim) as [keyof FolderClaim, unknown][]) {
    if (known[name] === value) continue;
    throw new ConfigError(
      `${folder} was begun with ${name} ${known[name]}, and cannot go on with ${name} ${value}: ` +
        "give the same option again, or another --data",
    );
  }
}

/** What a data folder is used for; null: it was not begun by `start`. */
export const claimOf = (folder: string): Promise<FolderClaim | null> =>
  readClaim(claimFile(folder));

const claimFile = (folder: string): string => path.join(workFolder(folder), "claim.json");

async function writeClaim(folder: string, claim: FolderClaim): Promise<void> {
  await mkdir(workFolder(folder), { recursive: true });
  await writeFile(claimFile(folder), `${JSON.stringify(claim)}\n`);
}

async function readClaim(file: string): Promise<FolderClaim | null> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  try {
    return JSON.parse(text) as FolderClaim;
  } catch (cause) {
    throw new ConfigError(`${file} is damaged: delete it, it is written anew`, { cause });
  }
}
