import { accessSync, constants } from "node:fs";
import path from "node:path";

/** Where the shell finds a program of this name; undefined: nowhere. */
export const onPath = (program: string): string | undefined =>
  (process.env["PATH"] ?? "")
    .split(path.delimiter)
    .map((folder) => path.join(folder, program))
    .find(isProgram);

export const isOnPath = (program: string): boolean => onPath(program) !== undefined;

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
