import { once } from "node:events";
import net from "node:net";

const METADATA = 3;
const VERSION = 1;
const TIMEOUT_MS = 2_000;

/**
 * How many brokers the one on this port of 127.0.0.1 knows, by a Metadata request of Kafka's protocol;
 * 0 when it does not answer.
 */
export async function brokersSeenAt(port: number): Promise<number> {
  const socket = net.connect(port, "127.0.0.1");
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error("no answer")));
  try {
    await once(socket, "connect");
    socket.write(request());
    let answer = Buffer.alloc(0);
    for await (const bytes of socket) {
      answer = Buffer.concat([answer, bytes]);
      // Size and correlation id, then the brokers, which begin with their number.
      if (answer.length >= 12) return answer.readInt32BE(8);
    }
    return 0;
  } catch {
    return 0;
  } finally {
    socket.destroy();
  }
}

/** Size, API key, version, correlation id, a client id which is null, and an empty list of topics. */
function request(): Buffer {
  const frame = Buffer.alloc(18);
  frame.writeInt32BE(14, 0);
  frame.writeInt16BE(METADATA, 4);
  frame.writeInt16BE(VERSION, 6);
  frame.writeInt32BE(1, 8);
  frame.writeInt16BE(-1, 12);
  frame.writeInt32BE(0, 14);
  return frame;
}
