import type { ObjectInfo } from "../../state/object-store.ts";

/** A checkpoint of the log. */
export interface CheckpointAt {
  readonly version: number;
  /** null: one file without a part number. */
  readonly parts: number | null;
}

export interface LogFile extends ObjectInfo {
  readonly version: number;
}

export interface ListedCheckpoint extends CheckpointAt {
  /** When its last part was written. */
  readonly modifiedMs: number;
}

/** What is in a `_delta_log`, each in the order of the versions. */
export interface LogListing {
  /** Everything that belongs to one version. */
  readonly files: readonly LogFile[];
  readonly commits: readonly LogFile[];
  /** Those of which every part is there. */
  readonly checkpoints: readonly ListedCheckpoint[];
}

const NAME = /\/(\d{20})\.(?:json|crc|checkpoint(?:\.\d{10}\.(\d{10}))?\.parquet)$/;

export function readListing(infos: readonly ObjectInfo[]): LogListing {
  const files: LogFile[] = [];
  const parts = new Map<string, { readonly found: ObjectInfo[]; readonly at: CheckpointAt }>();
  for (const info of infos) {
    const match = NAME.exec(`/${info.path}`);
    if (match === null) continue;
    const version = Number(match[1]);
    files.push({ ...info, version });
    if (!info.path.endsWith(".parquet")) continue;
    const at = { version, parts: match[2] === undefined ? null : Number(match[2]) };
    const key = `${version}/${at.parts}`;
    const known = parts.get(key);
    if (known === undefined) parts.set(key, { found: [info], at });
    else known.found.push(info);
  }
  const checkpoints = [...parts.values()].flatMap(({ found, at }) => {
    if (found.length !== (at.parts ?? 1)) return [];
    return [{ ...at, modifiedMs: Math.max(...found.map(({ modifiedMs }) => modifiedMs)) }];
  });
  return { files, commits: files.filter(({ path }) => path.endsWith(".json")), checkpoints };
}
