/** A node as `docker node inspect` tells of it, as far as it is looked at here. */
export interface SwarmNode {
  readonly ID: string;
  readonly Spec: {
    readonly Role: "manager" | "worker";
    readonly Availability: string;
    readonly Labels: Readonly<Record<string, string>>;
  };
  readonly Description: {
    readonly Hostname: string;
    readonly Engine: { readonly EngineVersion: string };
  };
  readonly Status: {
    /** `ready`, or `down` when it has not been heard of. */
    readonly State: string;
    readonly Addr: string;
  };
}
