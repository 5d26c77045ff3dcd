import { randomUUID } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";
import path from "node:path";

const UUID = /^[0-9a-f-]{36}$/;

/**
 * Tells the log of a folder from every other. A database that several of them feed keeps a position
 * for each: one that was taken for another's would leave rows out without a word.
 * Only the process that has the log may ask.
 */
export async function logId(work: string): Promise<string> {
  const file = path.join(work, "log-id");
  const known = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  if (UUID.test(known)) return known;
  const id = randomUUID();
  const handle = await open(`${file}.new`, "w");
  try {
    await handle.writeFile(id);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
  return id;
}
