import type { FileFault } from "./fault-plan.ts";

/**
 * What becomes of a file in the slices after its own (0: its own). Everything here follows from the
 * fault alone, so that a follower's findings can be compared with it.
 */

/** Which content is served: the whole file, what is left of it, or null: 404. */
export function servedAt(
  fault: FileFault | undefined,
  slicesLater: number,
): "whole" | "cut" | null {
  switch (fault?.kind) {
    case "missing":
    case "listed-404":
      return null;
    case "late":
      return slicesLater < fault.slicesLater ? null : "whole";
    case "truncated":
      return slicesLater < (fault.slicesLater ?? 0) ? "cut" : "whole";
    default:
      return "whole";
  }
}

/** What a line of the lists says: size and MD5 of the whole file, of what is left of it, a wrong MD5. */
export type ListedAs = "whole" | "cut" | "wrong-md5";

/** The lines that the lists gain for a file at the publication of a slice. */
export function listedAt(fault: FileFault | undefined, slicesLater: number): readonly ListedAs[] {
  const first = slicesLater === 0;
  switch (fault?.kind) {
    case "missing":
      return [];
    case "late":
      return slicesLater === (fault.listedAtOnce ? 0 : fault.slicesLater) ? ["whole"] : [];
    case "truncated":
      if (fault.slicesLater === null) return first ? ["whole"] : [];
      return first ? ["cut"] : slicesLater === fault.slicesLater ? ["whole"] : [];
    case "bad-md5":
      return first ? ["wrong-md5"] : slicesLater === fault.slicesLater ? ["whole"] : [];
    case "duplicate":
      return first ? ["whole", "whole"] : [];
    default:
      return first ? ["whole"] : [];
  }
}

/** How many slices later the file has become what it is. */
export function changedAt(fault: FileFault | undefined, slicesLater: number): number {
  const isMended = fault?.kind === "late" || fault?.kind === "truncated";
  const mended = isMended ? (fault.slicesLater ?? 0) : 0;
  return slicesLater < mended ? 0 : mended;
}

/** What the first answer for the file is instead of it. */
export type FirstAnswer = Extract<FileFault, { kind: "flaky" | "html" | "truncated" }>;

export function firstAnswer(fault: FileFault | undefined): FirstAnswer | null {
  switch (fault?.kind) {
    case "flaky":
    case "html":
      return fault;
    case "truncated":
      return fault.slicesLater === null ? fault : null;
    default:
      return null;
  }
}
