/**
 * A service as it is looked at when what is wanted is compared with what is there. Each facet is a set of lines, equal
 * when nothing has changed; their order means nothing.
 */
export interface ServiceView {
  /** What its tasks are made of: who changes any of it has them restarted. */
  readonly task: Readonly<Record<TaskFacet, readonly string[]>>;
  /** What is around them, and changes without that. */
  readonly around: Readonly<Record<AroundFacet, readonly string[]>>;
  readonly isJob: boolean;
}

export const TASK_FACETS = [
  "image",
  "command",
  "environment",
  "configs",
  "secrets",
  "mounts",
  "networks",
  "ports",
  "health check",
  "container",
  "resources",
  "placement",
  "restarts",
  "logging",
] as const;
type TaskFacet = (typeof TASK_FACETS)[number];

export const AROUND_FACETS = ["replicas", "labels", "updates"] as const;
type AroundFacet = (typeof AROUND_FACETS)[number];

/** A line for each value that is there. */
export const linesOf = (values: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false)
    .map(
      ([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`,
    );

/** What is mounted of a config or secret, and how. */
export const contentLine = (
  name: string,
  at: { target: string; uid: string; gid: string; mode: number },
): string => `${at.target}: ${name} (${at.uid}:${at.gid} ${at.mode.toString(8)})`;

/** What is mounted, and how. */
export function mountLine(mount: {
  readonly type: string;
  readonly source: string | undefined;
  readonly target: string;
  readonly isReadOnly: boolean;
  readonly propagation: string | undefined;
  readonly bytes: number | undefined;
}): string {
  const { type, source = "", target, isReadOnly, propagation, bytes } = mount;
  const more = [
    isReadOnly ? "ro" : "",
    propagation ?? "",
    bytes === undefined ? "" : `${bytes} bytes`,
  ];
  return [`${target}: ${type}`, source, ...more].filter((part) => part !== "").join(" ");
}
