import { once } from "node:events";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { isIP } from "node:net";
import type { Peer } from "./peer.ts";

/** How peers are spoken to. */
export interface PeerAccess {
  /** The same that this inspector asks for; null: none. */
  readonly token: string | null;
  /** Certificates (PEM) of who vouches for theirs; null: the usual authorities. */
  readonly ca: string | null;
}

/** Who has not answered by then is out of reach: whoever asked this process waits too. */
const ANSWER_MS_MAX = 1000;

/** More than a replica with hundreds of tasks has to say. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;

export interface PeerAnswer {
  readonly status: number;
  readonly value: unknown;
}

/** Asks for JSON. @throws Error that says why there is no answer. */
export async function askPeer(peer: Peer, path: string, access: PeerAccess): Promise<PeerAnswer> {
  const signal = AbortSignal.timeout(ANSWER_MS_MAX);
  try {
    const response = await send(peer, path, access, signal);
    const body = await bodyOf(response);
    return { status: response.statusCode!, value: JSON.parse(body) };
  } catch (cause) {
    throw new Error(reasonOf(cause, signal.aborted), { cause });
  }
}

async function send(
  { url, name }: Peer,
  path: string,
  { token, ca }: PeerAccess,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { protocol, hostname, port } = new URL(url);
  const host = isIP(name) === 6 ? `[${name}]` : name;
  const options = {
    host: hostname.replace(/^\[|\]$/g, ""),
    port,
    path,
    signal,
    agent: false,
    headers: {
      host: port === "" ? host : `${host}:${port}`,
      accept: "application/json",
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
  } as const;
  const request =
    protocol === "https:"
      ? https.get({
          ...options,
          ...(ca !== null && { ca }),
          ...(isIP(name) === 0 && { servername: name }),
        })
      : http.get(options);
  const [response] = (await once(request, "response", { signal })) as [IncomingMessage];
  return response;
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > ANSWER_BYTES_MAX) {
      throw new Error(`its answer is longer than ${ANSWER_BYTES_MAX} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function reasonOf(cause: unknown, isLate: boolean): string {
  if (isLate) return `no answer within ${ANSWER_MS_MAX} ms`;
  if (cause instanceof SyntaxError) return "its answer is not JSON";
  return (cause as Error).message || String((cause as NodeJS.ErrnoException).code);
}
