import assert from "node:assert/strict";
import { mkdtemp, rm, truncate, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CHECKS, type Check } from "../../src/audit/findings.ts";
import type { SqlRow } from "../../src/lake-sql/lake-sql.ts";
import { alterLog, alterRows, liveFiles } from "./alter-lake.ts";
import {
  auditFolder,
  type LakeFiles,
  problemsOf,
  simulatedLake,
  withLake,
  writeLake,
} from "./lakes.ts";
import { TROUBLE } from "./trouble.ts";

/** The first row that a query finds in the lake. */
const pick = (folder: string, sql: string): Promise<SqlRow> =>
  withLake(folder, async (lake) => {
    await lake.useViews(sql);
    const [row] = await lake.query(`${sql} LIMIT 1`);
    assert(row !== undefined, sql);
    return row;
  });

const columns = (changed: string) => `SELECT * REPLACE (${changed}) FROM rows`;

/** Of the rows of one key. */
const NEWEST = "QUALIFY row_number() OVER (ORDER BY revision DESC) = 1";

interface Defect {
  /** What the audit has to find, and nothing else. */
  readonly found: readonly Check[];
  /** Only after the end of the stream. */
  readonly ended?: true;
  readonly plant: (folder: string) => Promise<void>;
}

/** One mistake of a table each, in rows that the numbers in its log agree with. */
const DEFECTS: Readonly<Record<string, Defect>> = {
  "a data file is cut": {
    found: [
      "file-damaged",
      "rows-in-table",
      "bronze-missing",
      "event-surplus",
      "dead-letter-surplus",
    ],
    plant: async (folder) => {
      const [file] = await liveFiles(folder, "bronze/events");
      await truncate(join(folder, "bronze/events", file!), 200);
    },
  },
  "a data file is deleted": {
    found: ["file-damaged", "event-missing", "joined-without-event", "state-surplus"],
    plant: async (folder) => {
      const [file] = await liveFiles(folder, "silver/events");
      await unlink(join(folder, "silver/events", file!));
    },
  },
  "a file is dropped from a log": {
    found: ["rows-in-table", "state-missing"],
    plant: async (folder) => {
      const [file] = await liveFiles(folder, "audit/lifecycle");
      await alterLog(folder, "audit/lifecycle", (action) =>
        action.add?.path === file ? null : action,
      );
    },
  },
  "what a feed has closed a slice with is lost": {
    found: ["entry-missing"],
    plant: async (folder) => {
      const { slice } = await pick(folder, "SELECT min(slice) AS slice FROM bronze.slices");
      const kept = `SELECT * FROM rows WHERE feed <> 'gkg' OR attempt <> 1 OR slice <> '${slice}'`;
      await alterRows(folder, "bronze/slices", kept);
    },
  },
  "a row of Bronze is lost": {
    found: ["bronze-missing", "event-surplus"],
    plant: async (folder) => {
      const { id } = await pick(folder, "SELECT min(global_event_id) AS id FROM silver.events");
      await alterRows(
        folder,
        "bronze/events",
        `FROM rows WHERE global_event_id IS DISTINCT FROM '${id}'`,
      );
    },
  },
  "a row of Bronze is doubled": {
    found: ["bronze-surplus", "offset-twice"],
    plant: async (folder) => {
      const { id } = await pick(folder, "SELECT min(global_event_id) AS id FROM silver.events");
      const twice = `FROM rows UNION ALL FROM rows WHERE global_event_id = '${id}'`;
      await alterRows(folder, "bronze/events", twice);
    },
  },
  "rows of Bronze have changed places": {
    found: ["offset-order"],
    plant: async (folder) => {
      const { one, other } = await pick(
        folder,
        `SELECT a."offset" AS one, b."offset" AS other FROM bronze.gkg a JOIN bronze.gkg b
           ON a.partition = 0 AND b.partition = 0 AND a."offset" + 1 = b."offset"
          AND a.file = b.file AND a.row < b.row
         ANTI JOIN dead_letter d ON d.topic = 'gdelt.gkg' AND d.partition = 0
          AND d."offset" IN (a."offset", b."offset")`,
      );
      const swapped = `"offset" := CASE WHEN partition <> 0 THEN "offset"
        WHEN "offset" = ${one} THEN ${other} WHEN "offset" = ${other} THEN ${one}
        ELSE "offset" END`.replace('"offset" := ', "");
      await alterRows(folder, "bronze/gkg", columns(`${swapped} AS "offset"`));
    },
  },
  "an event is lost": {
    found: ["event-missing", "joined-without-event", "state-surplus"],
    plant: async (folder) => {
      const { id } = await pick(
        folder,
        "SELECT global_event_id AS id FROM silver.events WHERE status = 'SILVER_COMPLETE'",
      );
      await alterRows(folder, "silver/events", `FROM rows WHERE global_event_id <> ${id}`);
    },
  },
  "an event comes from nowhere": {
    found: ["event-surplus", "mention-count", "state-missing"],
    plant: async (folder) => {
      const { id } = await pick(
        folder,
        "SELECT global_event_id AS id FROM silver.events WHERE mention_count > 0",
      );
      const another = `FROM rows UNION ALL SELECT * REPLACE (7 AS global_event_id) FROM rows
        WHERE global_event_id = ${id} ${NEWEST}`;
      await alterRows(folder, "silver/events", another);
    },
  },
  "an event is written twice": {
    found: ["event-revision-twice"],
    plant: async (folder) => {
      const { id } = await pick(folder, "SELECT global_event_id AS id FROM silver.events");
      const twice = `FROM rows UNION ALL FROM rows WHERE global_event_id = ${id} ${NEWEST}`;
      await alterRows(folder, "silver/events", twice);
    },
  },
  "an event counts a mention too much": {
    found: ["mention-count"],
    plant: async (folder) => {
      const { id } = await pick(folder, "SELECT global_event_id AS id FROM silver.events");
      const more = `mention_count + (global_event_id = ${id})::INTEGER AS mention_count`;
      await alterRows(folder, "silver/events", columns(more));
    },
  },
  "an event has another status": {
    found: ["state-missing", "state-surplus"],
    plant: async (folder) => {
      const { id } = await pick(
        folder,
        "SELECT global_event_id AS id FROM silver.events WHERE status = 'SILVER_COMPLETE'",
      );
      const expired = `CASE WHEN global_event_id = ${id} THEN 'EXPIRED' ELSE status END AS status`;
      await alterRows(folder, "silver/events", columns(expired));
    },
  },
  "an event waits after the end": {
    found: ["state-surplus", "still-waiting"],
    ended: true,
    plant: async (folder) => {
      const waiting = "replace(status, 'EXPIRED', 'WAITING') AS status";
      await alterRows(folder, "silver/events", columns(waiting));
    },
  },
  "a state is lost": {
    found: ["state-missing"],
    plant: async (folder) => {
      const { id } = await pick(folder, "SELECT global_event_id AS id FROM silver.events");
      const kept = `FROM rows WHERE global_event_id <> ${id} OR state <> 'WAITING'`;
      await alterRows(folder, "audit/lifecycle", kept);
    },
  },
  "a state is reached twice": {
    found: ["state-twice"],
    plant: async (folder) => {
      const { id } = await pick(folder, "SELECT global_event_id AS id FROM silver.events");
      const twice = `FROM rows UNION ALL FROM rows WHERE global_event_id = ${id} AND state = 'WAITING'`;
      await alterRows(folder, "audit/lifecycle", twice);
    },
  },
  "a state is reached before WAITING": {
    found: ["waiting-first"],
    plant: async (folder) => {
      const earlier = `CASE WHEN state <> 'WAITING' THEN reached_at - INTERVAL 1 MONTH
        ELSE reached_at END AS reached_at`;
      await alterRows(folder, "audit/lifecycle", columns(earlier));
    },
  },
  "a mention is lost": {
    found: ["mention-count", "mention-missing"],
    plant: async (folder) => {
      const { key } = await pick(
        folder,
        // Not the only one of its document, or its GKG row would be unused.
        "SELECT mention_key AS key FROM silver.mentions WHERE event_joined",
      );
      await alterRows(folder, "silver/mentions", `FROM rows WHERE mention_key <> '${key}'`);
    },
  },
  "a mention comes from nowhere": {
    found: ["mention-surplus"],
    plant: async (folder) => {
      const { key } = await pick(
        folder,
        `SELECT mention_key AS key FROM silver.mentions
         WHERE NOT event_joined AND gkg_record_id IS NOT NULL`,
      );
      const another = `FROM rows UNION ALL
        SELECT * REPLACE (repeat('0', 32) AS mention_key, 777 AS sentence_id) FROM rows
        WHERE mention_key = '${key}' ${NEWEST}`;
      await alterRows(folder, "silver/mentions", another);
    },
  },
  "a mention is written twice": {
    found: ["mention-revision-twice"],
    plant: async (folder) => {
      const { key } = await pick(folder, "SELECT mention_key AS key FROM silver.mentions");
      const twice = `FROM rows UNION ALL FROM rows WHERE mention_key = '${key}' ${NEWEST}`;
      await alterRows(folder, "silver/mentions", twice);
    },
  },
  "a mention is neither joined nor an orphan": {
    found: ["mention-outcome"],
    plant: async (folder) => {
      const { key } = await pick(
        folder,
        "SELECT mention_key AS key FROM silver.mentions WHERE orphan_reason = 'slice_missing'",
      );
      const reason = `CASE WHEN mention_key <> '${key}' THEN orphan_reason END AS orphan_reason`;
      await alterRows(folder, "silver/mentions", columns(reason));
    },
  },
  "a joined mention is made an orphan": {
    found: ["mention-count", "orphan-with-event"],
    plant: async (folder) => {
      const { key } = await pick(
        folder,
        "SELECT mention_key AS key FROM silver.mentions WHERE event_joined",
      );
      const is = `mention_key = '${key}'`;
      const orphan = `NOT (${is}) AND event_joined AS event_joined,
        CASE WHEN ${is} THEN 'foreign_stream' ELSE orphan_reason END AS orphan_reason`;
      await alterRows(folder, "silver/mentions", columns(orphan));
    },
  },
  "a mention has lost its context": {
    found: ["context-missing"],
    plant: async (folder) => {
      // Of a slice whose mentions were published once: a second file finds the documents gone.
      const { key } = await pick(
        folder,
        `SELECT mention_key AS key FROM silver.mentions
        WHERE gkg_record_id IS NOT NULL AND slice IN (
          SELECT slice FROM bronze.slices
          WHERE feed = 'mentions' AND status = 'published' AND file IS NOT NULL
          GROUP BY slice HAVING count(*) = 1)`,
      );
      const record = `CASE WHEN mention_key <> '${key}' THEN gkg_record_id END AS gkg_record_id`;
      await alterRows(folder, "silver/mentions", columns(record));
    },
  },
  "a mention has another document's context": {
    found: ["context-surplus"],
    plant: async (folder) => {
      const { key } = await pick(
        folder,
        "SELECT mention_key AS key FROM silver.mentions WHERE gkg_record_id IS NOT NULL",
      );
      const record = `CASE WHEN mention_key = '${key}' THEN '20240101000000-77' ELSE gkg_record_id
        END AS gkg_record_id`;
      await alterRows(folder, "silver/mentions", columns(record));
    },
  },
  "a dead letter is lost": {
    found: ["event-missing"],
    plant: (folder) =>
      alterRows(folder, "dead_letter", "FROM rows WHERE topic IS NULL OR feed <> 'events'"),
  },
  "a dead letter is there twice": {
    found: ["dead-letter-twice"],
    plant: (folder) =>
      alterRows(
        folder,
        "dead_letter",
        "FROM rows UNION ALL FROM rows WHERE topic IS NOT NULL AND feed = 'events'",
      ),
  },
  "a dead letter is of a row that nobody has published": {
    found: ["dead-letter-surplus"],
    plant: (folder) =>
      alterRows(
        folder,
        "dead_letter",
        `FROM rows UNION ALL SELECT * REPLACE (-1 - "offset" AS "offset") FROM rows
         WHERE topic IS NOT NULL AND feed = 'events'`,
      ),
  },
  "the dead letter of a rejected file is lost": {
    found: ["rejected-file"],
    plant: (folder) => alterRows(folder, "dead_letter", "FROM rows WHERE topic IS NOT NULL"),
  },
};

for (const close of [false, true]) {
  const when = close ? "after the end of the stream" : "while it goes on";
  describe(`the audit finds a planted defect ${when}`, () => {
    let scratch: string;
    let files: LakeFiles;

    before(async () => {
      scratch = await mkdtemp(join(tmpdir(), "planted-"));
      files = await simulatedLake({ ...TROUBLE.scenario, close }, TROUBLE.run);
    });

    after(() => rm(scratch, { recursive: true, force: true }));

    async function planted(plant: (folder: string) => Promise<void>) {
      const folder = await mkdtemp(join(scratch, "lake-"));
      await writeLake(folder, files);
      await plant(folder);
      return await auditFolder(folder);
    }

    test("and nothing where there is none", async () => {
      const report = await planted(async () => {});
      assert(report.adds_up, problemsOf(report));
      assert.deepEqual(report.open, []);
    });

    for (const [name, { found, ended, plant }] of Object.entries(DEFECTS)) {
      if (ended && !close) continue;
      test(name, async () => {
        const report = await planted(plant);
        const checks = new Set(report.problems.map(({ check }) => check));
        assert.deepEqual([...checks].sort(), [...found].sort(), problemsOf(report));
        assert.equal(report.adds_up, false);
      });
    }
  });
}

test("there is a defect for every check", () => {
  const tried = new Set(Object.values(DEFECTS).flatMap(({ found }) => found));
  assert.deepEqual(
    Object.keys(CHECKS).filter((check) => !tried.has(check as Check)),
    [],
  );
});
