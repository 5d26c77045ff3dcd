import { announcedPartitions } from "../../src/ingest/slice-publisher.ts";
import type { AdministeredLog } from "../../src/runtime/log-admin.ts";
import { rescale } from "../../src/runtime/rescale.ts";
import { planReset, type ResetTo, reset } from "../../src/runtime/reset.ts";
import {
  findSavepoint,
  readSavepoint,
  restoreSavepoint,
  takeSavepoint,
} from "../../src/runtime/savepoint.ts";
import type { StandingApplication } from "../../src/runtime/standing-application.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";
import { type Intercept, InterceptedLog } from "../../src/testing/intercepted-log.ts";
import { InterceptedObjectStore } from "../../src/testing/intercepted-object-store.ts";
import { MemorySpill } from "../../src/testing/memory-spill.ts";
import type { World } from "./world.ts";

const asItIs: Intercept = (_, work) => work();

/** What a person does with the application of a world while it stands still. */
export class Maintenance {
  private readonly world: World;
  private readonly savepoints: MemoryObjectStore;

  constructor(world: World) {
    this.world = world;
    this.savepoints = new MemoryObjectStore(world.clock);
  }

  async savepoint(name: string): Promise<void> {
    const { standing, committed, clock } = this.world;
    await takeSavepoint(standing, committed, { name, to: this.savepoints, clock });
  }

  async restore(name: string): Promise<void> {
    const { standing } = this.world;
    const savepoint = await readSavepoint(this.savepoints, standing.applicationId, name);
    await restoreSavepoint(standing, savepoint, this.savepoints);
  }

  /** From a savepoint of that name, which is taken if there is none. */
  async rescale(name: string, partitions: number, intercept = asItIs): Promise<void> {
    const { world, savepoints } = this;
    const standing = intercepted(world.standing, intercept);
    const { applicationId } = standing;
    if ((await findSavepoint(savepoints, applicationId, name)) === null) await this.savepoint(name);
    const savepoint = await readSavepoint(savepoints, applicationId, name);
    await rescale(standing, savepoint, {
      partitions,
      from: savepoints,
      openSpill: () => new MemorySpill(),
      switchProducer: async (log) => {
        if ((await announcedPartitions(log)) === partitions) return;
        await (await world.openPublisher(log, savepoint.partitions)).rescale(partitions);
      },
    });
    world.partitions = partitions;
  }

  async reset(to: ResetTo, intercept = asItIs): Promise<void> {
    const standing = intercepted(this.world.standing, intercept);
    await reset(standing, await planReset(standing, to, "a test"));
  }
}

function intercepted(of: StandingApplication, intercept: Intercept): StandingApplication {
  return {
    ...of,
    log: new InterceptedAdmin(of.log, intercept),
    checkpoints: new InterceptedObjectStore(of.checkpoints, intercept),
  };
}

class InterceptedAdmin extends InterceptedLog implements AdministeredLog {
  private readonly admin: AdministeredLog;
  private readonly around: Intercept;

  constructor(log: AdministeredLog, intercept: Intercept) {
    super(log, intercept);
    this.admin = log;
    this.around = intercept;
  }

  members(group: string): Promise<readonly string[]> {
    return this.around("log.members", () => this.admin.members(group));
  }

  deleteGroup(group: string): Promise<void> {
    return this.around("log.deleteGroup", () => this.admin.deleteGroup(group));
  }

  deleteTopics(names: readonly string[]): Promise<void> {
    return this.around("log.deleteTopics", () => this.admin.deleteTopics(names));
  }

  addPartitions(topic: string, partitions: number): Promise<void> {
    return this.around("log.addPartitions", () => this.admin.addPartitions(topic, partitions));
  }
}
