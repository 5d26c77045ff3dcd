/** A program that has to be on this machine before a service can be started. */
export interface Software {
  readonly name: string;
  /** For who has to decide on it: what is fetched from where, and how long that takes. */
  readonly effort: string;
  /** A test run may install it unasked: it takes less than two minutes and changes the cache only. */
  isQuick(): boolean;
  isInstalled(): Promise<boolean>;
  /** @throws ConfigError with what has to be done by hand. */
  install(): Promise<void>;
}

/** Where one instance of a service lives. */
export interface Place {
  /** There, but empty the first time. */
  readonly data: string;
  /** As many as the service asks for; clients use the first ones. */
  readonly ports: readonly number[];
  /** A write waits for the disk where the service has the choice, which tests seldom want to. */
  readonly fsync: boolean;
}

export interface ServerCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly env?: Readonly<Record<string, string>>;
}

/** A server, or several that make one cluster, for tests to talk to. */
export interface Service {
  readonly software: Software;
  readonly portCount: number;
  readonly startMsMax: number;
  /** The one upon which it ends at once, whoever is connected. */
  readonly stopSignal: NodeJS.Signals;
  /** Lays out the data, where that is not done, and says what to run: one command per server. */
  prepare(place: Place): Promise<readonly ServerCommand[]>;
  isReady(ports: readonly number[]): Promise<boolean>;
  /** What a client needs to know, in the form of the environment variable that can give it instead. */
  endpoint(ports: readonly number[]): string;
}
