/** A service as `docker service inspect` tells of it, as far as it is looked at here. Times are nanoseconds. */
export interface DeployedService {
  readonly ID: string;
  readonly Spec: DeployedSpec;
  /** What it was before its last update; not there where it has had none. */
  readonly PreviousSpec?: DeployedSpec | null;
  /** By the manager's clock. */
  readonly UpdatedAt?: string;
  /** Of a job: its last run. */
  readonly JobStatus?: { readonly JobIteration?: { readonly Index: number } } | null;
  readonly UpdateStatus?: DeployedUpdateStatus | null;
}

/** It stays from one update to the next: whose it is only its time says. */
export interface DeployedUpdateStatus {
  readonly State?: string;
  readonly StartedAt?: string;
  readonly Message?: string;
}

export interface DeployedSpec {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly TaskTemplate: DeployedTask;
  readonly Mode: {
    readonly Replicated?: { readonly Replicas: number };
    readonly Global?: object;
    readonly ReplicatedJob?: { readonly TotalCompletions: number };
    readonly GlobalJob?: object;
  };
  readonly UpdateConfig?: DeployedUpdate;
  readonly RollbackConfig?: DeployedUpdate;
  readonly EndpointSpec?: { readonly Ports?: readonly DeployedPort[] };
}

export interface DeployedTask {
  readonly ContainerSpec: DeployedContainer;
  readonly Resources?: {
    readonly Limits?: DeployedResources;
    readonly Reservations?: DeployedResources;
  };
  readonly RestartPolicy?: {
    readonly Condition?: string;
    readonly Delay?: number;
    readonly MaxAttempts?: number;
  };
  readonly Placement?: { readonly Constraints?: readonly string[]; readonly MaxReplicas?: number };
  readonly Networks?: readonly { readonly Target: string; readonly Aliases?: readonly string[] }[];
  readonly LogDriver?: {
    readonly Name?: string;
    readonly Options?: Readonly<Record<string, string>>;
  };
}

export interface DeployedContainer {
  readonly Image: string;
  readonly Command?: readonly string[] | null;
  readonly Args?: readonly string[] | null;
  readonly Hostname?: string;
  readonly Env?: readonly string[] | null;
  readonly User?: string;
  readonly Init?: boolean;
  readonly ReadOnly?: boolean;
  readonly CapabilityDrop?: readonly string[] | null;
  readonly StopSignal?: string;
  readonly StopGracePeriod?: number;
  readonly Mounts?: readonly DeployedMount[] | null;
  readonly Healthcheck?: DeployedHealthcheck | null;
  readonly Secrets?: readonly (DeployedFile & { readonly SecretName: string })[] | null;
  readonly Configs?: readonly (DeployedFile & { readonly ConfigName: string })[] | null;
}

export interface DeployedFile {
  readonly File: {
    readonly Name: string;
    readonly UID: string;
    readonly GID: string;
    readonly Mode: number;
  };
}

export interface DeployedMount {
  readonly Type: string;
  readonly Source?: string;
  readonly Target: string;
  readonly ReadOnly?: boolean;
  readonly BindOptions?: { readonly Propagation?: string };
  readonly TmpfsOptions?: { readonly SizeBytes?: number };
}

export interface DeployedHealthcheck {
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly Retries?: number;
}

export interface DeployedResources {
  readonly NanoCPUs?: number;
  readonly MemoryBytes?: number;
}

export interface DeployedUpdate {
  readonly Parallelism?: number;
  readonly Delay?: number;
  readonly FailureAction?: string;
  readonly Monitor?: number;
  readonly Order?: string;
}

export interface DeployedPort {
  readonly Protocol?: string;
  readonly TargetPort: number;
  readonly PublishedPort?: number;
  readonly PublishMode?: string;
}
