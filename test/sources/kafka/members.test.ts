import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigError } from "../../../src/record/errors.ts";
import { openKafkaLog } from "../../../src/sources/kafka/kafka-log.ts";
import { service } from "../../services/service.ts";

const { connection, skip } = await service("kafka");
const clock = { nowMs: () => Date.now() };

test("members of a group are named, and it is not deleted under them", { skip }, async () => {
  const { brokers, prefix } = connection!;
  const group = `${prefix}members`;
  const member = await openKafkaLog({ brokers, clock });
  const asker = await openKafkaLog({ brokers, clock });
  after(() => Promise.all([member.close(), asker.close()]));
  const membership = member.join({
    group,
    topics: [],
    describe: () => ({ process: "p", topology: "t", owned: [], local: {} }),
    assign: (members) =>
      new Map([...members.keys()].map((name) => [name, { active: [], standby: [] }])),
  });
  while (membership.poll()?.kind !== "assigned") await sleep(10);
  const [found, ...others] = await asker.members(group);
  assert.match(found!, /^gdelt-streams-.* at [\d.:]+$/);
  assert.deepEqual(others, []);
  await assert.rejects(asker.deleteGroup(group), (error: unknown) => {
    assert.ok(error instanceof ConfigError);
    assert.match(error.message, /has members: stop the processes/);
    return true;
  });
  await membership.leave();
  assert.deepEqual(await asker.members(group), []);
  await asker.deleteGroup(group);
});
