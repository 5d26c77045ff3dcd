import { BACKFILL_DEFAULTS } from "./backfill/backfill-options.ts";
import { DEFAULT_INSPECTOR_ADDRESS } from "./config/catalogue.ts";
import { DEPLOY_DEFAULTS } from "./deploy/deploy-options.ts";
import { FEED_DEFAULTS } from "./feed-options.ts";
import { GENERATE_DEFAULTS } from "./generate-command.ts";
import { GOLD_DEFAULTS } from "./gold/keep-gold.ts";
import { HISTORY_LINES } from "./lake-history.ts";
import { MART_DEFAULTS } from "./mart-command.ts";
import { PROBE_DEFAULTS } from "./probe-options.ts";
import { REPLAY_DEFAULTS } from "./replay-options.ts";
import { SIMULATE_DEFAULTS } from "./simulate-command.ts";
import { START_DEFAULTS } from "./start-options.ts";
import { TUNE_DEFAULTS } from "./tune/tune-command.ts";

/** What `gdelt-streams --help` prints. */
export const HELP = `gdelt-streams: joins GDELT's three feeds into complete records

  gdelt-streams start
      Everything in one process tree: follows a feed, joins it, fills the tables below --data (Delta
      tables of Bronze and Silver), and shows sentences as events become complete. Started
      again it goes on where it stopped. Ctrl-C finishes the slice at hand.
        --data DIR        the tables, and what is needed to go on (default ${START_DEFAULTS.data})
        --feed F          simulator, live, an address with GDELT's lists and files, or a folder of
                          slices (default ${START_DEFAULTS.feed})
        --mart WHERE      pglite (in the folder), postgres://… or none (default ${START_DEFAULTS.mart})
        --mart-retention T  drops days that ended so long before the mart's newest (default: keeps them)
        --upkeep T        how often the tables are compacted and cleaned beside it, or none
                          (default ${START_DEFAULTS.upkeep})
        --inspector A     where it tells over HTTP how it is doing: host:port, host:port+ (or one of the
                          next that is free) or off (default ${DEFAULT_INSPECTOR_ADDRESS})
        --for T           stops after so long, as 90s (default: when it is stopped)
        --json            a summary on one line at the end; the view goes to standard error
        --slice-every T   of the simulator, from one slice to the next (default ${START_DEFAULTS.sliceEvery})
        --seed S, --events N, --faults LIST, --slices N   of the simulator, as for simulate
        --poll T, --missing-after T, --parallel N, --from STAMP, --to STAMP   as for feed
        --translation, --partitions N, --retention-days N   as for replay

  gdelt-streams feed --data <folder> | --kafka host:port,… | --config <file>
      Follows GDELT and publishes its slices into the log below --data, from which a start or replay
      there joins them, or into Kafka. Run again it goes on where it stopped; late files are taken in.
        --config FILE     the file of the replicas (see run), which says all but the options of the feed
        --feed F          live, an address with GDELT's lists and files, or a folder (default ${FEED_DEFAULTS.feed})
        --from STAMP      the first slice of an empty log (default: the newest there is)
        --to STAMP        the last slice: ends when it is published (default: never)
        --translation, --partitions N, --retention-days N   as for replay
        --poll T          how often to ask for something new (default ${FEED_DEFAULTS.poll}, of a folder ${FEED_DEFAULTS.folderPoll})
        --missing-after T a file is missing so long after something newer (default ${FEED_DEFAULTS.missingAfter})
        --parallel N      files received at a time (default ${FEED_DEFAULTS.parallel})
        --json            a JSON object for each event, and one at the end
        --inspector A     host:port, or host:port+, at which it tells how it is doing: metrics, health (default off)

  gdelt-streams run [--config <file>]
      One of any number of replicas that share the joins and the tables: the log on Kafka, the rest
      in buckets or folders that all of them reach. SIGTERM or Ctrl-C commits what is at hand, leaves the
      others the work and ends with code 0. The lines it logs are JSON. The file is YAML,
      GDELT_STREAMS_… variables count for more: docs/configuration.md.
        --print-config    shows the settings that count, and where each is from
        --pretty          text for people instead of JSON, as on a terminal

  gdelt-streams replay <folder-of-slices> --out <folder>
      Replays every slice of the folder (as GDELT publishes them, zipped or not) in time order into
      Delta tables below --out: silver/events, silver/mentions, audit/lifecycle, dead_letter.
      Run again with the same --out it goes on where it stopped, and takes in what is new.
        --json            one JSON object at the end instead of text
        --close           end all windows at the end: what still waits expires
        --translation     follow the three translation feeds too
        --bronze          keep every row as published too: bronze/events, mentions, gkg, slices
        --kafka host:port,…  the log on Apache Kafka, instead of one below --out
        --tables PLACE    the tables in another folder or s3://bucket/prefix, instead of below --out
        --checkpoints PLACE  the same for what is needed to go on
        --partitions N    partitions of each topic (default ${REPLAY_DEFAULTS.partitions}; fixed for an --out)
        --retention-days N  how long an event waits for its mentions (default ${REPLAY_DEFAULTS.retentionDays})
        --mart WHERE      feed a relational mart too: pglite (in the folder) or postgres://…

  gdelt-streams backfill --from STAMP --to STAMP --out <folder> | --config <file>
      Joins years from the archive, in time order, straight into Delta tables below --out; or publishes
      them for the replicas of a configuration, no faster than they join. First a plan: files, bytes,
      gaps, expected time, disk. Run again it goes on where it stopped, whatever stopped it.
        --source S        live, an address with GDELT's lists and files, a folder, or
                          s3://bucket/prefix (default ${BACKFILL_DEFAULTS.source})
        --dry-run         the plan, and nothing else
        --threads N       threads that fetch, unpack and check files (default ${BACKFILL_DEFAULTS.threads})
        --tables PLACE, --translation, --retention-days N   as for replay
        --json            the plan and the summary, a JSON object on a line each

  gdelt-streams generate <folder>
      Writes invented slices, zipped as GDELT publishes them: input for a replay without a download.
        --slices N        quarters of an hour (default ${GENERATE_DEFAULTS.slices})
        --seed S          the same seed writes the same bytes (default ${GENERATE_DEFAULTS.seed})
        --events N        events of a slice, about (default ${GENERATE_DEFAULTS.events})

  gdelt-streams simulate
      Serves invented slices as GDELT's own server does (lists, zips, conditional and range requests),
      and publishes one every so often. The first line it prints is "simulator at <address>".
        --port N          where it listens (default ${SIMULATE_DEFAULTS.port}: any port that is free)
        --host NAME       at which of this machine's addresses (default ${SIMULATE_DEFAULTS.host})
        --base-url URL    what the lists put before a name (default: the address that is asked)
        --slices N        ends publishing, but not serving, after so many (default: no end)
        --slice-every T   from one to the next: 500ms, 5s, 15m (default ${SIMULATE_DEFAULTS["slice-every"]}), or 0: all at once
        --start STAMP     of the first slice (default 20260101000000)
        --seed S          the same seed serves the same bytes (default ${SIMULATE_DEFAULTS.seed})
        --events N        events of a slice, about (default ${SIMULATE_DEFAULTS.events})
        --translation     serves the translation stream too
        --resume-after STAMP  begins when this slice is the newest: all up to it are there, the lists
                          begin with it, the next one comes after --slice-every
        --folder DIR      keeps the lines of the lists (not the zips: they are made again when asked
                          for), so that a run that is started again goes on with the whole history
        --faults LIST     what goes wrong, as missing=0.05,late=0.1 or all or all=0.05,html=0: rates
                          of the files, by seed and slice. Kinds: missing, listed-404, late, truncated,
                          bad-md5, duplicate, malformed, zero, collapsed, flaky, html

  gdelt-streams lake compact|vacuum|verify|history <table or lake: a folder or s3://bucket/prefix>
      compact: puts small files together, and keeps the newest revision of each row.
      vacuum:  deletes files that no reader may need any more, and the log of old versions.
        --retain 7d       what was removed that long ago goes (default as the table says, 7d)
        --dry-run         only says what would go
        --force           also a --retain that is not safe while somebody reads or writes
      verify:  reads everything and proves that the tables are whole; exit code 1 if one is not.
        --config FILE, --data DIR, --kafka host:port,…   one of them: holds the tables' positions
                          against that log too; with the first two the lake need not be named
        --at-rest         nobody runs, and everything is read: a position before the end is wrong
      history: what each version did.
        --limit N         of the newest versions (default ${HISTORY_LINES})
      With each of them:
        --endpoint URL    of the S3 service (default AWS_ENDPOINT_URL, then that of AWS)

  gdelt-streams reset --data <folder> | --config <file>
      The joins begin anew, under the next generation, from what the log still holds. The tables stay,
      and newer rows supersede older ones. All processes have to be stopped.
        --dry-run         only says what it would do
        --to-latest       from what is published from now on (default --to-earliest)
  gdelt-streams savepoint --data <folder> | --config <file> --name <name>
      Joins all that is published, and keeps the whole state under a name. No slice may be open.
        --to PLACE        in another folder or s3://bucket/prefix, instead of beside the checkpoints
  gdelt-streams restore --data <folder> | --config <file> --savepoint <name>
      Begins the next generation from a savepoint; what came after it is joined once more.
        --from PLACE      where the savepoint was put with --to
  gdelt-streams rescale --data <folder> | --config <file> --partitions N
      Takes a savepoint and goes on with N partitions, the state shared out by key. Done again after an
      interruption it goes on from the savepoint.
        --savepoint NAME  takes it under this name, or uses it if it is there
      With each of the four, as it was run before (what start has noted in the folder, or the file has,
      need not be said):
        --kafka, --tables, --checkpoints, --translation, --bronze, --mart, --retention-days

  gdelt-streams state inspect <checkpoints: a folder or s3://bucket/prefix>
      Says what a checkpoint store holds of each task: stream time, open slices, stores, blocks, counters,
      and what no checkpoint lists. The exit code is 1 when something is missing or damaged.
      Those of a start or replay are in .gdelt-streams/checkpoints below its folder.
        --application A, --generation N, --task 0_3   of these only
        --verify          reads all blocks, and checks them
        --json            a JSON object a task, each on a line
        --endpoint URL    of the S3 service, as for lake

  gdelt-streams audit --data <folder>
      Counts every row of the tables again and says where they do not add up; the exit code is 1 then.
        --slice STAMP     one slice only
        --slices          an equation per slice instead of one per day
        --json            one JSON object instead of text

  gdelt-streams explain <GlobalEventID> --data <folder> [--json]
      Tells the story of one event: its states, revisions, mentions, documents, where they came from,
      and what is missing. The exit code is 1 when there is none of that id.

  gdelt-streams sql "select …" --data <folder> [--json]
      Asks the tables: silver.events, silver.mentions (the newest rows; …_revisions: all of them),
      audit.lifecycle, dead_letter, bronze.events, mentions, gkg, slices. In DuckDB's SQL.

  gdelt-streams mart "<SQL>" --data <folder>
      Asks the mart below --data, whether a process is feeding it or not; nothing can be written so.
        --mart WHERE      another place: postgres://user:password@host:port/database
        --json            one JSON object a row
        --limit N         rows at the most (default ${MART_DEFAULTS.limit})
        --timeout N       seconds at the most (default ${MART_DEFAULTS.timeout})

  gdelt-streams mart migrate --mart postgres://…
      Makes the tables of a mart on a server, or brings them up to date, and the roles gdelt_writer and
      gdelt_reader. For the owner of the tables, so that replicas need not be it: docs/mart.md.

  gdelt-streams gold run --lake <folder or s3://bucket/prefix> --mart postgres://…
      Makes Gold, the tables of answers, of Silver in the lake whenever a slice has closed there, and
      publishes them to the schema gold: docs/gold.md. It needs a Python with dbt, and makes one.
        --once            what has changed since the last complete run, and ends
        --full-refresh    forgets what it has, and reads everything
        --poll T          how often to look for a closed slice (default ${GOLD_DEFAULTS.poll})
        --work DIR        what is kept between runs (default: below the lake, if that is a folder)
        --python PATH     a Python that has what gold/requirements.txt lists
        --endpoint URL    of the S3 service, as for lake
  gdelt-streams gold status --mart postgres://…
      The last runs, and what is published; the exit code is 1 when the last that ended has failed.
  gdelt-streams gold verify --mart postgres://…
      Counts the rows of all tables of Gold and their checksums again; 1 if they are not what was published.
  gdelt-streams gold export <folder> --mart postgres://…
      Writes the page of the analysis with what Gold says now: one file, which needs no server.
  gdelt-streams gold dbt --lake <folder> [--work DIR] [--python PATH] -- <arguments>
      dbt itself with the models as they are: docs generate --static, source freshness, test.

  gdelt-streams deploy plan|apply|status|rollback|doctor
      On a Docker Swarm, through Docker's own command (docs/deploy.md). Images are those of images.lock
      beside the stack, or of variables IMAGE_…; what else the stack wants is in variables too.
      plan:     what deploying the stack would restart, start, change or remove, and why. Nothing is changed.
      apply:    does what plan says and nothing else: what holds data one by one, then jobs, then the rest, each
                when the one before it runs, and then the checks; tells the addresses. Exit code 1 when the swarm
                takes an update back or gives it up, or a check fails. Only what is committed and pushed is deployed.
      status:   how many tasks of each service run, and which updates were taken back; exit code 1 then.
      rollback: puts back what the last apply has changed.
      doctor:   looks around on all nodes: nodes that are gone, tasks that start again and again, volumes of another's,
                clocks, disks, connections to the mart; exit code 1 when it finds something.
        --stack FILE      (default ${DEPLOY_DEFAULTS.stack})
        --name NAME       of the stack in the swarm (default ${DEPLOY_DEFAULTS.name})
        --host URL        of a manager, as ssh://manager (default as docker itself: DOCKER_HOST, or its context)
        --patience T      for each of these steps (default ${DEPLOY_DEFAULTS.patience})
        --loaded-images   each node has the images already: they need no digest
        --any-tree        of apply: deploys what is there, committed and pushed or not

  gdelt-streams probe --config <file>
      Sends one invented event the whole way, and waits until it is complete in Silver and in the mart. Its id is
      9,000,000,000,000 and more, its source https://probe.invalid/….
        --patience T      (default ${PROBE_DEFAULTS.patience})

  gdelt-streams tune --prometheus URL | --from FILE
      Says which replicas, threads, limits of memory and retention would fit what was seen, with the reasons.
        --days N          so far back (default ${TUNE_DEFAULTS.days})
        --save FILE       keeps what was seen, for --from
        --stack FILE, --config FILE   what is set (default ${TUNE_DEFAULTS.stack}, ${TUNE_DEFAULTS.config})
        --workers N       nodes that may have a replica (default ${TUNE_DEFAULTS.workers})
        --json            one JSON object

  gdelt-streams topology [--format text|json|dot|mermaid]
      Prints the topology; text is in the grammar of Kafka Streams.

  gdelt-streams --help | --version | <command> --help
`;

/** What of it is about one command. */
export const helpFor = (command: string): string =>
  HELP.split("\n\n")
    .filter((part) =>
      part.split("\n").some((line) => `${line} `.startsWith(`  gdelt-streams ${command} `)),
    )
    .map((part) => `${part.trimEnd()}\n`)
    .join("\n");
