import { isFailed, type SwarmTask } from "../swarm-task.ts";
import type { Observed, SeenVolume } from "./observed.ts";

/** One thing that goes wrong with a swarm in silence. */
export interface DoctorCheck {
  readonly name: string;
  /** What is wrong, where, and what to do; nothing if all is well. */
  readonly check: (observed: Observed) => string[];
}

const MINUTE_MS = 60_000;
/** So often a task may fail, while others begin, before it is told. */
const FAILURES_MAX = 2;
const FAILURES_WITHIN_MS = 60 * MINUTE_MS;
/** Clocks are read one after the other, which takes some time; what differs by more does so. */
const SKEW_MS_MAX = 2000;
const FREE_SHARE_MIN = 0.1;
const CONNECTIONS_SHARE_MAX = 0.8;
const GIB = 1 << 30;
const FREE_BYTES_MIN = 2 * GIB;

const nodesThere: DoctorCheck = {
  name: "nodes",
  check: ({ nodes, tasks }) => {
    const ready = new Set(
      nodes
        .filter(({ Status }) => Status.State === "ready")
        .map(({ Description }) => Description.Hostname),
    );
    return nodes
      .filter(({ Status }) => Status.State !== "ready")
      .flatMap(({ ID, Description, Status }) => {
        const name = Description.Hostname;
        const ghosts = tasks.filter(
          (task) => task.NodeID === ID && task.Status.State === "running",
        );
        const left =
          ghosts.length === 0
            ? ""
            : `; ${ghosts.length} tasks are told of as running there, and may be: cut off, not dead`;
        if (ready.has(name)) {
          return [
            `${name} (${ID}) is what a node was before it joined again: docker node rm ${ID}${left}`,
          ];
        }
        return [
          `${name} is ${Status.State}: bring it back, or docker node rm ${ID} when it is gone for good${left}`,
        ];
      });
  },
};

const startsOnce: DoctorCheck = {
  name: "starts",
  check: ({ services, tasks, toMs, stackName }) => {
    const since = new Date(toMs - FAILURES_WITHIN_MS).toISOString();
    const lately = tasks.filter((task) => isFailed(task) && task.Status.Timestamp >= since);
    const byService = Map.groupBy(lately, ({ ServiceID }) => ServiceID);
    return [...byService].flatMap(([id, failed]) => {
      // A job that tries until what it needs is there does what it is for.
      const isDone = tasks.some(
        (task) => task.ServiceID === id && task.Status.State === "complete",
      );
      if (failed.length <= FAILURES_MAX || isDone) return [];
      const name = services.find(({ ID }) => ID === id)?.Spec.Name ?? id;
      const runs = tasks.some((task) => task.ServiceID === id && isRunning(task));
      const how = runs
        ? "it runs now: it has begun before what it needs, which deploy apply waits for"
        : "and does not run";
      return [
        `${name} has failed ${failed.length} times within an hour, ${how}; ` +
          `last: ${lastError(failed)} (docker service logs ${name}, stack ${stackName})`,
      ];
    });
  },
};

const isRunning = ({ Status }: SwarmTask): boolean => Status.State === "running";

const lastError = (failed: readonly SwarmTask[]): string =>
  failed.toSorted((a, b) => (a.Status.Timestamp < b.Status.Timestamp ? 1 : -1))[0]?.Status.Err ??
  "it does not say why";

const volumesBelong: DoctorCheck = {
  name: "volumes",
  check: ({ places, users }) =>
    places.flatMap(({ node, volumes }) =>
      volumes.flatMap((seen) => {
        const user = users.get(seen.service);
        if (user === undefined || mayWrite(user, seen)) return [];
        return [
          `${node}: volume ${seen.volume} belongs to ${seen.uid}:${seen.gid} (${seen.mode.toString(8)}), ` +
            `and ${seen.service} is ${user}, who may not write there: chown it on the node`,
        ];
      }),
    ),
};

/** As the kernel decides it for a process with these ids and no rights besides. */
function mayWrite(user: string, { uid, gid, mode }: SeenVolume): boolean {
  const [ownUid = 0, ownGid = 0] = user.split(":").map(Number);
  if (ownUid === 0) return true;
  if (uid === ownUid) return (mode & 0o200) !== 0;
  return (mode & (gid === ownGid ? 0o020 : 0o002)) !== 0;
}

const clocksAgree: DoctorCheck = {
  name: "clocks",
  check: ({ places, fromMs, toMs }) =>
    places.flatMap(({ node, nowMs }) => {
      const offMs = nowMs < fromMs ? nowMs - fromMs : Math.max(0, nowMs - toMs);
      if (Math.abs(offMs) <= SKEW_MS_MAX) return [];
      const [by, way] = [Math.abs(offMs) / 1000, offMs < 0 ? "behind" : "ahead"];
      return [
        `${node}: its clock is at least ${by.toFixed(1)} s ${way} of the manager's: see to its NTP`,
      ];
    }),
};

const disksHaveRoom: DoctorCheck = {
  name: "disks",
  check: ({ places }) =>
    [...new Map(places.map(({ node, disk }) => [node, disk]))].flatMap(
      ([node, { bytes, freeBytes }]) => {
        if (freeBytes >= FREE_SHARE_MIN * bytes && freeBytes >= FREE_BYTES_MIN) return [];
        const [free, all] = [freeBytes / GIB, bytes / GIB].map((size) => size.toFixed(1));
        return [`${node}: ${free} GiB of ${all} GiB are free: docker system prune, or more disk`];
      },
    ),
};

const connectionsEnd: DoctorCheck = {
  name: "connections",
  check: ({ connections }) => {
    if (connections === null) return ["nobody could ask the mart who is connected to it"];
    const { max, users } = connections;
    const used = users.reduce((sum, each) => sum + each.connections, 0);
    const most = users.toSorted((a, b) => b.connections - a.connections)[0];
    return [
      ...(used <= CONNECTIONS_SHARE_MAX * max
        ? []
        : [
            `the mart has ${used} of ${max} connections, ${most?.connections} of them of ${most?.user}: who leaks them?`,
          ]),
      ...users
        .filter(({ forgotten }) => forgotten > 0)
        .map(
          ({ user, forgotten }) =>
            `${user} has forgotten ${forgotten} transactions in the mart: idle for ten minutes, and they hold locks`,
        ),
    ];
  },
};

const everywhereLooked: DoctorCheck = {
  name: "places",
  check: ({ nodes, places }) => {
    const seen = new Set(places.map(({ node }) => node));
    return nodes
      .filter(({ Status, Spec }) => Status.State === "ready" && Spec.Availability === "active")
      .map(({ Description }) => Description.Hostname)
      .filter((name) => !seen.has(name))
      .map(
        (name) =>
          `${name}: nobody has looked there, so nothing is known of its disk, clock and volumes`,
      );
  },
};

export const DOCTOR_CHECKS: readonly DoctorCheck[] = [
  nodesThere,
  startsOnce,
  volumesBelong,
  clocksAgree,
  disksHaveRoom,
  connectionsEnd,
  everywhereLooked,
];

/** The report for people, and whether nothing was found. */
export function doctorReport(observed: Observed): {
  readonly text: string;
  readonly isWell: boolean;
} {
  const results = DOCTOR_CHECKS.map(({ name, check }) => ({ name, found: check(observed) }));
  const lines = results.flatMap(({ name, found }) =>
    found.length === 0 ? [`ok   ${name}`] : found.map((line) => `FAIL ${name}: ${line}`),
  );
  return {
    text: `${lines.join("\n")}\n`,
    isWell: results.every(({ found }) => found.length === 0),
  };
}
