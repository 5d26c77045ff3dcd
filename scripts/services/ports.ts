import { once } from "node:events";
import net from "node:net";
import { ConfigError } from "../../src/record/errors.ts";

const LOOPBACK = "127.0.0.1";

/**
 * Ports of the loopback interface on which nobody listens: `first` and the ones after it when it is
 * given, else any. All are held at once, so that they differ.
 * @throws ConfigError when one after `first` is taken.
 */
export async function freePorts(count: number, first?: number): Promise<number[]> {
  const holders: net.Server[] = [];
  try {
    for (let index = 0; index < count; index++) {
      holders.push(await hold(first === undefined ? 0 : first + index));
    }
    return holders.map((holder) => (holder.address() as net.AddressInfo).port);
  } finally {
    for (const holder of holders) holder.close();
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
