import type { Clock } from "../record/clock.ts";
import type { AdministeredLog } from "../runtime/log-admin.ts";
import { openEmbeddedLog } from "../sources/embedded-log/embedded-log.ts";
import type { KafkaLogOptions } from "../sources/kafka/kafka-log-options.ts";
import { logFolder } from "./publishing.ts";

/** How Kafka is reached. */
export type KafkaConnection = Omit<KafkaLogOptions, "clock">;

/** Where the log is: in a data folder, or on Kafka. */
export type LogPlace =
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "kafka"; readonly connection: KafkaConnection };

export async function openLog(place: LogPlace, clock: Clock): Promise<AdministeredLog> {
  if (place.kind === "folder") return await openEmbeddedLog({ folder: logFolder(place.folder) });
  // Loaded only by those who have a broker.
  const { openKafkaLog } = await import("../sources/kafka/kafka-log.ts");
  return await openKafkaLog({ ...place.connection, clock });
}
