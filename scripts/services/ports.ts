import { randomInt } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { ConfigError } from "../../src/record/errors.ts";

const LOOPBACK = "127.0.0.1";

/** Below those that Linux and macOS give to outgoing connections, which could take one meanwhile. */
const LOWEST = 20_000;
const HIGHEST = 32_000;
const TRIES_MAX = 100;

/**
 * Ports of the loopback interface on which nobody listens: `first` and the ones after it when it is
 * given, else any. All are held at once, so that they differ.
 * @throws ConfigError when one cannot be had.
 */
export async function freePorts(count: number, first?: number): Promise<number[]> {
  const holders: net.Server[] = [];
  try {
    for (let index = 0; index < count; index++) {
      holders.push(first === undefined ? await holdAny() : await hold(first + index));
    }
    return holders.map((holder) => (holder.address() as net.AddressInfo).port);
  } finally {
    for (const holder of holders) holder.close();
  }
}

async function holdAny(): Promise<net.Server> {
  for (let tries = 1; ; tries++) {
    try {
      return await hold(randomInt(LOWEST, HIGHEST));
    } catch (error) {
      if (tries === TRIES_MAX) throw error;
    }
  }
}

async function hold(port: number): Promise<net.Server> {
  const holder = net.createServer().listen(port, LOOPBACK);
  try {
    await once(holder, "listening");
    return holder;
  } catch (cause) {
    throw new ConfigError(`port ${port} cannot be had: name another, or none`, { cause });
  }
}

export async function isListening(port: number): Promise<boolean> {
  const socket = net.connect(port, LOOPBACK);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
