import type { UpkeepSpec } from "../../sinks/delta/upkeep.ts";
import { OPTIONS, type OptionName, type Settings } from "../config/catalogue.ts";
import { s3Access } from "../config/places.ts";
import type { S3Access } from "../open-object-store.ts";

const MIB = 1024 * 1024;

/** A day is over when nothing has been written to it for so long. */
const QUIET_MS = 6 * 3_600_000;

/** What one turn is to look after; it is sent to a thread. */
export interface UpkeepJob {
  readonly tables: S3Access & { readonly place: string };
  readonly rule: Omit<UpkeepSpec, "newest">;
  /** A mart on a server, of which old days are dropped; null: none, or somebody else does it. */
  readonly mart: { readonly url: string; readonly retentionMs: number } | null;
}

type RuleOption =
  | "lake.compact.small.mb"
  | "lake.compact.small.files"
  | "lake.file.retention"
  | "lake.log.retention";

/** Files get twice as large as what is small: two small ones can always be put together. */
const ruleOf = (settings: Pick<Settings, RuleOption>): UpkeepJob["rule"] => ({
  fileBytesMin: settings["lake.compact.small.mb"] * MIB,
  fileBytesMax: 2 * settings["lake.compact.small.mb"] * MIB,
  smallFilesMax: settings["lake.compact.small.files"],
  quietMs: QUIET_MS,
  retention: {
    removedFilesMs: settings["lake.file.retention"],
    logMs: settings["lake.log.retention"],
  },
});

/** What replicas with these settings look after. */
export function upkeepJob(settings: Settings): UpkeepJob {
  const { "mart.url": url, "mart.retention": retentionMs } = settings;
  return {
    tables: { ...s3Access(settings), place: settings["lake.location"] },
    rule: ruleOf(settings),
    mart: url === null || retentionMs === null ? null : { url, retentionMs },
  };
}

/** The tables in a folder, as replicas would where nothing is set. */
export const folderUpkeep = (place: string): UpkeepJob => ({
  tables: { place },
  rule: ruleOf({
    "lake.compact.small.mb": standard("lake.compact.small.mb"),
    "lake.compact.small.files": standard("lake.compact.small.files"),
    "lake.file.retention": null,
    "lake.log.retention": null,
  }),
  mart: null,
});

function standard<N extends OptionName>(name: N): Settings[N] {
  const { type, standard: text } = OPTIONS[name];
  return type.parse(text!) as Settings[N];
}
