import type { Finding } from "./findings.ts";
import type { AuditReport, FeedAccount, SliceAccount } from "./report.ts";

/** Lines of a list that is only to give an idea; `--json` has all. */
const LINES_MAX = 20;

/** The report for a person: an equation per feed, by date or by slice, and what does not hold. */
export function auditText(report: AuditReport, by: "date" | "slice"): string {
  const { slices, problems } = report;
  const groups = Map.groupBy(slices, ({ slice }) => (by === "slice" ? slice : dateOfStamp(slice)));
  const lines = [...groups].flatMap(([name, group]) => [
    by === "slice" ? name : `${name}  ${plural(group.length, "slice")}`,
    ...equations(group),
  ]);
  const failing = new Set(problems.map(({ slice }) => slice));
  if (by === "date") {
    for (const each of slices.filter(({ slice }) => failing.has(slice)).slice(0, LINES_MAX)) {
      lines.push(each.slice, ...equations([each]));
    }
  }
  lines.push(...remarks(report));
  lines.push(...few(problems.map((finding) => `WRONG  ${findingText(finding)}`)));
  lines.push(verdict(report));
  return `${lines.join("\n")}\n`;
}

const dateOfStamp = (slice: string): string =>
  `${slice.slice(0, 4)}-${slice.slice(4, 6)}-${slice.slice(6, 8)}`;

const FEEDS = ["events", "mentions", "gkg"].flatMap((feed) => [feed, `${feed}.translation`]);

/** One equation per feed over some slices. */
function equations(slices: readonly SliceAccount[]): string[] {
  const accounts = slices.flatMap(({ feeds }) => feeds);
  const found = FEEDS.filter((feed) => accounts.some((account) => account.feed === feed));
  const width = Math.max(...found.map((feed) => feed.length));
  return found.map((feed) => {
    const own = accounts.filter((account) => account.feed === feed);
    return `  ${feed.padEnd(width)}  ${equation(own)}`;
  });
}

/** Fates in the order in which they are told. */
const FATES = ["complete", "waiting", "expired", "joined", "orphans", "used", "unused"];
const REST = ["duplicate", "dead_letter", "open", "missing"];

function equation(accounts: readonly FeedAccount[]): string {
  const sum = (of: (account: FeedAccount) => number) =>
    accounts.reduce((total, account) => total + of(account), 0);
  const rows = sum((account) => account.rows);
  const bronze = sum((account) => account.bronze);
  const orphans = reasonsOf(accounts);
  const count = (fate: string) =>
    fate === "orphans"
      ? [...orphans.values()].reduce((total, n) => total + n, 0)
      : sum(({ fates }) => fates[fate] ?? 0);
  const terms = [...FATES, ...REST]
    .filter((fate) => count(fate) > 0)
    .map((fate) => term(fate, count(fate), orphans));
  const total = terms.length === 0 ? "0" : terms.join(" + ");
  const missing = count("missing") > 0;
  return (
    `${number(rows)} in files ${rows === bronze ? "=" : "≠"} ${number(bronze)} in Bronze ` +
    `${missing ? "≠" : "="} ${total}`
  );
}

function term(fate: string, n: number, orphans: ReadonlyMap<string, number>): string {
  if (fate === "duplicate") return plural(n, "duplicate");
  if (fate === "dead_letter") return plural(n, "dead letter");
  if (fate === "missing") return `${number(n)} MISSING`;
  if (fate !== "orphans") return `${number(n)} ${fate}`;
  const reasons = [...orphans].map(
    ([reason, of]) => `${reason.replaceAll("_", " ")} ${number(of)}`,
  );
  return `${plural(n, "orphan")} (${reasons.join(", ")})`;
}

function reasonsOf(accounts: readonly FeedAccount[]): Map<string, number> {
  const reasons = new Map<string, number>();
  for (const { fates } of accounts) {
    for (const [fate, n] of Object.entries(fates)) {
      if (!fate.startsWith("orphan_")) continue;
      const reason = fate.slice("orphan_".length);
      reasons.set(reason, (reasons.get(reason) ?? 0) + n);
    }
  }
  return new Map([...reasons].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is no mistake, but is to be known. */
function remarks({ slices, absent, open, rows_of_no_slice }: AuditReport): string[] {
  const special = slices.flatMap((slice) => {
    const what = peculiarities(slice);
    return what.length === 0 ? [] : [`note   ${slice.slice}: ${what.join("; ")}`];
  });
  const unsettled = slices.filter(({ state }) => state === "open").map(({ slice }) => slice);
  const names = (list: readonly string[]) =>
    list.length > 4 ? `${list.slice(0, 3).join(", ")}, … ${list.at(-1)}` : list.join(", ");
  return [
    ...few(special),
    ...(absent.length === 0
      ? []
      : [
          `note   ${plural(absent.length, "quarter-hour")} in between ${absent.length === 1 ? "was" : "were"} never published nor declared missing: ${names(absent)}`,
        ]),
    ...(rows_of_no_slice === 0
      ? []
      : [
          `note   ${plural(rows_of_no_slice, "row")} of Bronze are of no slice, and in no equation`,
        ]),
    ...(unsettled.length === 0
      ? []
      : [
          `open   ${plural(unsettled.length, "slice")} not in every table yet: ${names(unsettled)}`,
        ]),
    ...few(open.map((finding) => `open   ${findingText(finding)}`)),
  ];
}

function peculiarities({ attempts, feeds, refused }: SliceAccount): string[] {
  return [
    ...(attempts > 1 ? [`closed ${attempts} times`] : []),
    ...feeds
      .filter(({ status, reason }) => status !== "published" || reason !== null)
      .map(({ feed, status, reason }) => {
        const words = [...(status === "published" ? [] : [status]), ...(reason ?? "").split("_")];
        return `${feed} ${words.filter((word) => word !== "").join(" ")}`;
      }),
    ...feeds.filter(({ files }) => files > 1).map(({ feed, files }) => `${feed} of ${files} files`),
    ...(refused.length > 0 ? [`refused ${refused.join(", ")}`] : []),
  ];
}

function findingText({ message, slice, feed, count, examples }: Finding): string {
  const where = [feed, slice].filter((part) => part !== null);
  const some =
    examples.length === 0 ? "" : ` (${examples.join("; ")}${count > examples.length ? "; …" : ""})`;
  return `${message}: ${number(count)} in ${where.join(" of ")}${some}`;
}

function few(lines: readonly string[]): string[] {
  if (lines.length <= LINES_MAX) return [...lines];
  const more = lines.length - LINES_MAX;
  return [...lines.slice(0, LINES_MAX), `       … and ${number(more)} more, see --json`];
}

function verdict({ adds_up, slices, problems, stream_ended }: AuditReport): string {
  const rows = slices.reduce(
    (sum, { feeds }) => sum + feeds.reduce((of, { bronze }) => of + bronze, 0),
    0,
  );
  const counted = `${plural(rows, "row")} of ${plural(slices.length, "slice")}`;
  if (!adds_up) return `It does not add up: ${plural(problems.length, "finding")} in ${counted}.`;
  const open = slices.filter(({ state }) => state === "open").length;
  const rest = open > 0 ? `, as far as the tables have come (${plural(open, "slice")} open)` : "";
  return `It adds up: ${counted}, each with its one place${rest}${stream_ended ? "; the stream has ended" : ""}.`;
}

const number = (n: number): string => n.toLocaleString("en-US");

const plural = (n: number, what: string): string => `${number(n)} ${what}${n === 1 ? "" : "s"}`;
