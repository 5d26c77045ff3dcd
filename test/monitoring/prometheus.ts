import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parse, stringify } from "yaml";
import { ALERTMANAGER } from "../../scripts/services/alertmanager.ts";
import { freePorts } from "../../scripts/services/ports.ts";
import { prometheusProgram } from "../../scripts/services/prometheus.ts";
import { LocalServer } from "./local-server.ts";

const deploy = path.join(import.meta.dirname, "..", "..", "deploy");

/** Series of an answer: its labels, and its values. */
interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

/** As quick as they can be; or with the intervals and waits that are deployed. */
export type Pace = "quick" | "deployed";

/** A Prometheus with our rules, and an Alertmanager with our routes. */
export class Monitoring {
  readonly #prometheus: LocalServer;
  readonly #alertmanager: LocalServer;

  private constructor(prometheus: LocalServer, alertmanager: LocalServer) {
    this.#prometheus = prometheus;
    this.#alertmanager = alertmanager;
  }

  /** @param targets addresses to scrape; @param receiver where alerts go. */
  static async start(
    folder: string,
    targets: readonly string[],
    receiver: string,
    pace: Pace = "quick",
  ): Promise<Monitoring> {
    const [prometheusPort, alertmanagerPort] = (await freePorts(2)) as [number, number];
    const alertmanager = await startAlertmanager(folder, alertmanagerPort, { receiver, pace });
    try {
      const settings = {
        global: pace === "quick" ? QUICK : await deployedIntervals(),
        rule_files: ["rules.yml"],
        alerting: {
          alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }],
        },
        scrape_configs: [
          { job_name: "gdelt-streams", static_configs: [{ targets }] },
          // Somebody else's.
          {
            job_name: "prometheus",
            static_configs: [{ targets: [`127.0.0.1:${prometheusPort}`] }],
          },
        ],
      };
      const rules = await readFile(path.join(deploy, "prometheus", "rules.yml"), "utf8");
      await writeFile(
        path.join(folder, "rules.yml"),
        pace === "quick" ? rules.replaceAll("interval: 1m", "interval: 1s") : rules,
      );
      await writeFile(path.join(folder, "prometheus.yml"), stringify(settings));
      const args = [
        `--config.file=${path.join(folder, "prometheus.yml")}`,
        `--storage.tsdb.path=${path.join(folder, "tsdb")}`,
        `--web.listen-address=127.0.0.1:${prometheusPort}`,
        // The first time it does not know the Alertmanager yet.
        "--rules.alert.resend-delay=1s",
      ];
      const program = prometheusProgram("prometheus");
      return new Monitoring(await LocalServer.start(program, args, prometheusPort), alertmanager);
    } catch (error) {
      await alertmanager.stop();
      throw error;
    }
  }

  get url(): string {
    return this.#prometheus.url;
  }

  /** What it has of an expression since `fromMs`, numbers only. */
  async ask(expr: string, fromMs: number): Promise<readonly Series[]> {
    const seconds = (ms: number) => String(ms / 1000);
    const query = { query: expr, start: seconds(fromMs), end: seconds(Date.now()), step: "2s" };
    const answer = await fetch(`${this.#prometheus.url}/api/v1/query_range`, {
      method: "POST",
      body: new URLSearchParams(query),
    });
    const { status, error, data } = (await answer.json()) as {
      readonly status: string;
      readonly error?: string;
      readonly data: { readonly result: readonly Series[] };
    };
    if (status !== "success") throw new Error(`${expr}: ${error}`);
    return data.result
      .map(({ metric, values }) => ({
        metric,
        values: values.filter(([, value]) => Number.isFinite(Number(value))),
      }))
      .filter(({ values }) => values.length > 0);
  }

  /** The newest value of an expression without labels; null: there is none. */
  async value(expr: string): Promise<number | null> {
    const [series] = await this.ask(expr, Date.now() - 10_000);
    return series === undefined ? null : Number(series.values.at(-1)![1]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#prometheus.stop(), this.#alertmanager.stop()]);
  }
}

const QUICK = { scrape_interval: "1s", evaluation_interval: "1s" } as const;

async function deployedIntervals(): Promise<unknown> {
  const text = await readFile(path.join(deploy, "prometheus", "prometheus.yml"), "utf8");
  return (parse(text) as { readonly global: unknown }).global;
}

/** With the routes as they are deployed: only addresses and waits are those of a test. */
async function startAlertmanager(
  folder: string,
  port: number,
  { receiver, pace }: { readonly receiver: string; readonly pace: Pace },
): Promise<LocalServer> {
  const secret = path.join(folder, "slack_url");
  const settings = await readFile(path.join(deploy, "alertmanager", "alertmanager.yml"), "utf8");
  const config = path.join(folder, "alertmanager.yml");
  await writeFile(secret, `${receiver}/slack`);
  const own = settings
    .replaceAll("/run/secrets/slack_url", secret)
    .replaceAll(/http:\/\/127\.0\.0\.1:9999/g, receiver);
  await writeFile(
    config,
    pace === "quick" ? own.replaceAll(/(group_wait|group_interval): \w+/g, "$1: 1s") : own,
  );
  const args = [
    `--config.file=${config}`,
    `--storage.path=${path.join(folder, "alerts")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--cluster.listen-address=",
  ];
  return await LocalServer.start(ALERTMANAGER, args, port);
}
