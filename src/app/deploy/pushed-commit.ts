import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { ConfigError } from "../../record/errors.ts";

const run = promisify(execFile);
const FILES_SHOWN = 5;

/**
 * The commit that a file is of. What is deployed has to be found again: so nothing of its working tree may differ
 * from the commit, and some branch of a remote has to have it.
 *
 * @throws ConfigError that says what is not so
 */
export async function pushedCommit(file: string): Promise<string> {
  const folder = path.dirname(path.resolve(file));
  const git = async (...args: string[]): Promise<string> => {
    try {
      return (await run("git", ["-C", folder, ...args])).stdout.trim();
    } catch (cause) {
      const said = (cause as { stderr?: string }).stderr?.trim() || (cause as Error).message;
      throw new ConfigError(`git ${args[0]} in ${folder}: ${said}; ${OTHERWISE}`, { cause });
    }
  };
  const changed = (await git("status", "--porcelain")).split("\n").filter((line) => line !== "");
  if (changed.length > 0) {
    const shown = changed.slice(0, FILES_SHOWN).map((line) => line.trim());
    const more = changed.length > FILES_SHOWN ? ` and ${changed.length - FILES_SHOWN} more` : "";
    throw new ConfigError(
      `what is in ${folder} is not what is committed (${shown.join(", ")}${more}): commit it; ${OTHERWISE}`,
    );
  }
  const commit = await git("rev-parse", "HEAD");
  if ((await git("branch", "--remotes", "--contains", commit)) !== "") return commit;
  throw new ConfigError(`no branch of a remote has the commit ${commit}: push it; ${OTHERWISE}`);
}

const OTHERWISE = "--any-tree deploys what is there all the same";
