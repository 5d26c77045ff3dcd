import { test } from "node:test";
import { service } from "../../services/service.ts";
import { groupSuite } from "../group-suite.ts";
import { KafkaGroups } from "./kafka-groups.ts";

const { connection, skip } = await service("kafka");

if (connection === null) test("groups on Kafka", { skip }, () => {});
else groupSuite("Kafka", async () => new KafkaGroups(connection), { runs: 4 });
