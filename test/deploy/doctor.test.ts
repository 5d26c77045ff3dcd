import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DOCTOR_CHECKS, doctorReport } from "../../src/deploy/doctor/doctor-checks.ts";
import { doctorJobs } from "../../src/deploy/doctor/doctor-jobs.ts";
import type { Observed, SeenThere } from "../../src/deploy/doctor/observed.ts";
import { volumeOf } from "../../src/deploy/stack.ts";
import { projectStack } from "./project-stack.ts";

const NOW = Date.UTC(2026, 0, 2);
const GIB = 1 << 30;

const node = (number: number, change: { state?: string; name?: string; role?: string } = {}) => ({
  ID: `n${number}`,
  Spec: { Role: change.role ?? "worker", Availability: "active", Labels: {} },
  Description: { Hostname: change.name ?? `node-${number}`, Engine: { EngineVersion: "27.0" } },
  Status: { State: change.state ?? "ready", Addr: `10.0.0.${number}` },
});

const task = (service: string, at: string, state: string, minutesAgo = 0) => ({
  ID: `${service} ${at} ${minutesAgo}`,
  ServiceID: service,
  NodeID: at,
  DesiredState: "running",
  Status: {
    State: state,
    Timestamp: new Date(NOW - minutesAgo * 60_000).toISOString(),
    Err: `error of ${minutesAgo} minutes ago`,
  },
});

const place = (number: number, change: Partial<SeenThere> = {}): SeenThere => ({
  node: `node-${number}`,
  nowMs: NOW - 5000,
  disk: { bytes: 100 * GIB, freeBytes: 50 * GIB },
  volumes: [],
  ...change,
});

const volume = (uid: number, gid: number, mode: number) => ({
  volumes: [{ service: "prometheus", volume: "prometheus", uid, gid, mode }],
});

/** A swarm of two nodes in which all is well. */
const well = (change: Record<string, unknown> = {}): Observed =>
  ({
    stackName: "s",
    fromMs: NOW - 10_000,
    toMs: NOW,
    services: [{ ID: "silver", Spec: { Name: "s_silver" } }],
    tasks: [task("silver", "n1", "running")],
    nodes: [node(1), node(2)],
    places: [place(1), place(2, volume(65_534, 65_534, 0o755))],
    connections: { max: 100, users: [{ user: "feeder", connections: 20, forgotten: 0 }] },
    users: new Map([["prometheus", "65534:65534"]]),
    ...change,
  }) as unknown as Observed;

const failures = (minutesAgo: readonly number[]) =>
  minutesAgo.map((each) => task("silver", "n1", "failed", each));

/** For each check, what it has to find, and what it must not take for that. */
const PLANTED: Readonly<
  Record<
    string,
    { readonly bad: readonly [Observed, RegExp][]; readonly good: readonly Observed[] }
  >
> = {
  nodes: {
    bad: [
      [well({ nodes: [node(1), node(2), node(3, { state: "down" })] }), /^node-3 is down/],
      [
        well({ nodes: [node(1), node(2), node(9, { state: "down", name: "node-2" })] }),
        /^node-2 \(n9\) is what a node was before it joined again: docker node rm n9$/,
      ],
      [
        well({ nodes: [node(1, { state: "down" }), node(2)] }),
        /1 tasks are told of as running there, and may be: cut off/,
      ],
    ],
    good: [],
  },
  starts: {
    bad: [
      [
        well({ tasks: [task("silver", "n1", "running"), ...failures([3, 1, 2])] }),
        /s_silver has failed 3 times within an hour, it runs now: .*error of 1 minutes ago/,
      ],
      [well({ tasks: failures([1, 2, 3, 4]) }), /s_silver has failed 4 times .* and does not run/],
    ],
    good: [
      well({ tasks: [task("silver", "n1", "running"), ...failures([1, 2])] }),
      well({ tasks: [task("silver", "n1", "running"), ...failures([61, 62, 63, 64])] }),
      well({ tasks: [task("silver", "n1", "complete"), ...failures([1, 2, 3, 4])] }),
    ],
  },
  volumes: {
    bad: [
      [
        well({ places: [place(1), place(2, volume(0, 0, 0o755))] }),
        /node-2: volume prometheus belongs to 0:0 \(755\)/,
      ],
      [well({ places: [place(1), place(2, volume(65_534, 0, 0o555))] }), /who may not write there/],
      [well({ places: [place(1), place(2, volume(1000, 65_534, 0o755))] }), /65534:65534/],
    ],
    good: [
      well({ places: [place(1), place(2, volume(0, 0, 0o777))] }),
      well({ places: [place(1), place(2, volume(0, 65_534, 0o775))] }),
      well({ places: [place(1), place(2, volume(0, 0, 0o755))], users: new Map() }),
      well({
        places: [place(1), place(2, volume(5, 5, 0o700))],
        users: new Map([["prometheus", "0:0"]]),
      }),
    ],
  },
  clocks: {
    bad: [
      [well({ places: [place(1), place(2, { nowMs: NOW + 3500 })] }), /node-2: .* 3\.5 s ahead/],
      [
        well({ places: [place(1, { nowMs: NOW - 70_000 }), place(2)] }),
        /node-1: .* 60\.0 s behind/,
      ],
    ],
    good: [well({ places: [place(1, { nowMs: NOW - 10_000 }), place(2, { nowMs: NOW + 1900 })] })],
  },
  disks: {
    bad: [
      [
        well({ places: [place(1, { disk: { bytes: 100 * GIB, freeBytes: 9 * GIB } }), place(2)] }),
        /node-1: 9\.0 GiB of 100\.0 GiB are free/,
      ],
      [
        well({ places: [place(1, { disk: { bytes: 10 * GIB, freeBytes: 1.5 * GIB } }), place(2)] }),
        /1\.5 GiB of 10\.0/,
      ],
    ],
    good: [
      well({ places: [place(1, { disk: { bytes: 100 * GIB, freeBytes: 11 * GIB } }), place(2)] }),
    ],
  },
  connections: {
    bad: [
      [
        well({
          connections: {
            max: 100,
            users: [
              { user: "feeder", connections: 20, forgotten: 0 },
              { user: "analyst", connections: 61, forgotten: 0 },
            ],
          },
        }),
        /81 of 100 connections, 61 of them of analyst/,
      ],
      [
        well({
          connections: { max: 100, users: [{ user: "feeder", connections: 2, forgotten: 1 }] },
        }),
        /feeder has forgotten 1 transactions/,
      ],
      [well({ connections: null }), /nobody could ask the mart/],
    ],
    good: [
      well({ connections: { max: 100, users: [{ user: "a", connections: 80, forgotten: 0 }] } }),
    ],
  },
  places: {
    bad: [[well({ places: [place(1)] }), /^node-2: nobody has looked there/]],
    good: [well({ nodes: [node(1), node(2), node(3, { state: "down" })] })],
  },
};

describe("the doctor", () => {
  test("has something planted for each of its checks", () => {
    assert.deepEqual(
      DOCTOR_CHECKS.map(({ name }) => name),
      Object.keys(PLANTED),
    );
  });

  for (const { name, check } of DOCTOR_CHECKS) {
    test(`finds what is planted: ${name}`, () => {
      const { bad, good } = PLANTED[name]!;
      for (const [observed, what] of bad) assert.match(check(observed).join("\n"), what);
      for (const observed of [well(), ...good]) assert.deepEqual(check(observed), []);
    });
  }

  test("tells of everything, and whether all is well", () => {
    const { text, isWell } = doctorReport(well());
    assert.equal(isWell, true);
    assert.equal(
      text.split("\n").filter((line) => line.startsWith("ok ")).length,
      DOCTOR_CHECKS.length,
    );
    const ill = doctorReport(well({ places: [place(1)] }));
    assert.equal(ill.isWell, false);
    assert.match(ill.text, /^FAIL places: node-2/m);
  });
});

describe("the jobs of the doctor", () => {
  const { stack } = projectStack();
  const jobs = doctorJobs(stack);

  test("run everywhere, and where volumes are, each of which one of them has", () => {
    assert.ok(Object.keys(jobs).length > 2);
    const seen = Object.values(jobs).flatMap(({ volumes = [] }) =>
      volumes.map(volumeOf).flatMap(({ type, source }) => (type === "volume" ? [source!] : [])),
    );
    assert.deepEqual(seen.toSorted(), Object.keys(stack.volumes).toSorted());
  });

  test("have volumes only where their services are, and write nothing", () => {
    for (const { volumes = [], deploy, read_only } of Object.values(jobs)) {
      assert.equal(read_only, true);
      for (const { type, source, target, read_only: isReadOnly } of volumes.map(volumeOf)) {
        if (type !== "volume") continue;
        const [, , service] = target.split("/");
        assert.equal(isReadOnly, true, source);
        assert.deepEqual(
          deploy?.placement?.constraints,
          stack.services[service!]?.deploy?.placement?.constraints,
        );
      }
    }
  });

  test("are known to be whose, where it matters", () => {
    const withVolumes = Object.values(jobs).flatMap(({ volumes = [] }) =>
      volumes
        .map(volumeOf)
        .flatMap(({ type, target }) => (type === "volume" ? [target.split("/")[2]!] : [])),
    );
    for (const service of new Set(withVolumes)) assert.ok(stack.services[service]?.user, service);
  });
});
