// Waits until every task of a service says that all it was given runs (`/readyz`). Arguments: its name, its port, and for
// how many seconds at most. It needs to know neither how many there are nor where.
import { lookup } from "node:dns/promises";
import { setTimeout as sleep } from "node:timers/promises";

const [name, port, secondsMax] = process.argv.slice(2);

const readiness = async (address) => {
  try {
    const answer = await fetch(`http://${address}:${port}/readyz`, {
      signal: AbortSignal.timeout(3000),
    });
    const { state, reason } = await answer.json();
    return { address, isReady: answer.ok, told: `${state}${reason ? `, ${reason}` : ""}` };
  } catch (error) {
    return { address, isReady: false, told: error.cause?.message ?? error.message };
  }
};

let open = [];
for (let second = 0; second < Number(secondsMax); second++) {
  const found = await lookup(`tasks.${name}`, { all: true }).catch(() => []);
  const all = await Promise.all(found.map(({ address }) => readiness(address)));
  open = all.filter(({ isReady }) => !isReady);
  if (all.length > 0 && open.length === 0) {
    process.stdout.write(`${all.length} of ${name} are ready after ${second} s\n`);
    process.exit(0);
  }
  await sleep(1000);
}
const told = open.map(({ address, told }) => `${address}: ${told}`).join("; ");
process.stderr.write(
  `after ${secondsMax} s not all of ${name} are ready: ${told || "none is there"}\n`,
);
process.exit(1);
