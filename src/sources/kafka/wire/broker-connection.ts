import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionOptions } from "node:tls";
import {
  type KafkajsBroker,
  type KafkajsConnection,
  kafkajs,
  type LogEntry,
  type SocketFactory,
} from "./kafkajs-internals.ts";
import type { BrokerAddress } from "./metadata-request.ts";
import { ConnectionClosedError, type Request, WireReader, WireWriter } from "./request.ts";

export interface Sasl {
  readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
  readonly username: string;
  readonly password: string;
}

export interface ConnectionSettings {
  readonly clientId: string;
  readonly tls: ConnectionOptions | null;
  readonly sasl: Sasl | null;
  /** How long a broker may take to answer. */
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly openSocket: SocketFactory | null;
  /** Takes what the connections say of themselves. */
  readonly onLog: ((message: string, details: Readonly<Record<string, unknown>>) => void) | null;
}

const ERROR_LEVEL = 1;

/** One connection to one broker. Once it has failed it is not used again. */
export class BrokerConnection {
  /** The requests of which kafkajs knows how to send them. */
  readonly requests: KafkajsBroker;
  readonly #connection: KafkajsConnection;
  readonly #requestTimeoutMs: number;

  private constructor(
    requests: KafkajsBroker,
    connection: KafkajsConnection,
    requestTimeoutMs: number,
  ) {
    this.requests = requests;
    this.#connection = connection;
    this.#requestTimeoutMs = requestTimeoutMs;
  }

  /** @throws what kafkajs throws when it does not get there, or is not let in. */
  static async open(
    address: BrokerAddress,
    settings: ConnectionSettings,
  ): Promise<BrokerConnection> {
    const { clientId, tls, sasl, requestTimeoutMs, connectTimeoutMs, openSocket, onLog } = settings;
    const logger = kafkajs.createLogger({
      level: ERROR_LEVEL,
      logCreator:
        () =>
        ({ log: { message, ...details } }: LogEntry) =>
          onLog?.(message, details),
    });
    const connectionPool = new kafkajs.ConnectionPool({
      ...address,
      clientId,
      logger,
      ssl: tls,
      // kafkajs keeps the authenticator in it.
      sasl: sasl && { ...sasl },
      requestTimeout: requestTimeoutMs,
      connectionTimeout: connectTimeoutMs,
      enforceRequestTimeout: true,
      socketFactory: openSocket ?? kafkajs.socketFactory(),
    });
    const broker = new kafkajs.Broker({ connectionPool, logger });
    const connection = connectionPool.pool[0]!;
    try {
      await broker.connect();
    } catch (error) {
      void connection.disconnect();
      throw error;
    }
    // Connected again, it would take the rest of an old answer for the beginning of the next.
    connection.connect = () => Promise.reject(closed());
    return new BrokerConnection(broker, connection, requestTimeoutMs);
  }

  get isOpen(): boolean {
    return this.#connection.isConnected();
  }

  async send<Answer>(request: Request<Answer>): Promise<Answer> {
    const connection = this.#connection;
    if (!connection.isAuthenticated()) await connection.authenticate();
    const correlationId = connection.nextCorrelationId();
    const head = headOf(request, correlationId, connection.clientId);
    const { promise, resolve, reject } = Promise.withResolvers<{ readonly payload: Buffer }>();
    connection.requestQueue.push({
      entry: {
        apiKey: request.key,
        apiName: request.name,
        apiVersion: request.version,
        correlationId,
        resolve,
        reject,
      },
      expectResponse: true,
      requestTimeout: this.#requestTimeoutMs + request.waitMs,
      sendRequest: () => {
        connection.socket.cork();
        connection.socket.write(head);
        for (const part of request.body) connection.socket.write(part);
        connection.socket.uncork();
      },
    });
    const { payload } = await promise;
    const answer = new WireReader(payload);
    if (request.isFlexible) answer.skipTags();
    return request.read(answer);
  }

  /** Does not wait for answers: whoever waits for one is told that there will be none. */
  async close(): Promise<void> {
    const connection = this.#connection;
    connection.rejectRequests(closed());
    await connection.disconnect();
    // What the system still has to send is sent; the other side need not answer that.
    await sleep(0);
    connection.socket.destroy();
  }
}

const closed = (): Error => new ConnectionClosedError("the connection has been closed");

function headOf(
  { key, version, body, isFlexible }: Request<unknown>,
  correlationId: number,
  clientId: string,
): Uint8Array {
  const head = new WireWriter().int16(key).int16(version).int32(correlationId).string(clientId);
  if (isFlexible) head.noTags();
  const bytes = head.bytes();
  const length = body.reduce((sum, part) => sum + part.length, bytes.length);
  return Buffer.concat([new WireWriter().int32(length).bytes(), bytes]);
}
