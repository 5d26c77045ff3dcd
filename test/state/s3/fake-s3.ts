import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { S3Options } from "../../../src/state/s3/s3-object-store.ts";

/**
 * What goes wrong with a request. An answer: that one instead of doing it. `cut` closes the
 * connection before or after it is done, or in the middle of the answer; `silence` never answers;
 * `unconditional` does not look at If-None-Match.
 */
export type Fault =
  | { readonly status: number; readonly code: string }
  | "cut-before"
  | "cut-after"
  | "cut-within"
  | "silence-before"
  | "silence-after"
  | "unconditional";

interface StoredObject {
  readonly bytes: Buffer;
  readonly writer: string | undefined;
  readonly modified: Date;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

const BUCKET = "bucket";
/** As small as makes several pages of a few objects. */
const PAGE_KEYS = 3;

/** The part of S3 which a store needs, in memory over HTTP, with faults where a test wants them. */
export class FakeS3 {
  readonly objects = new Map<string, StoredObject>();
  /** Methods of the requests so far. */
  readonly requests: string[] = [];
  /** Asked for each request, in order of arrival. */
  faultOf: (method: string, request: number) => Fault | null = () => null;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => void this.handle(request, response));
  }

  static async start(): Promise<FakeS3> {
    const fake = new FakeS3();
    await new Promise<void>((resolve) => fake.server.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  options(overrides: Partial<S3Options> = {}): S3Options {
    return {
      bucket: BUCKET,
      prefix: "",
      endpoint: this.url,
      region: "us-east-1",
      credentials: { accessKeyId: "key", secretAccessKey: "secret" },
      uniqueName: () => crypto.randomUUID(),
      // Retries at once.
      random: () => 0,
      ...overrides,
    };
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method!;
    const fault = this.faultOf(method, this.requests.push(method) - 1);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (fault === "cut-before") return void response.destroy();
    if (fault === "silence-before") return;
    if (fault !== null && typeof fault === "object") {
      return send(response, method, error(fault.status, fault.code));
    }
    const url = new URL(request.url!, this.url);
    const isConditional = request.headers["if-none-match"] === "*" && fault !== "unconditional";
    const writer = request.headers["x-amz-meta-writer"] as string | undefined;
    const object = { bytes: Buffer.concat(chunks), writer, modified: new Date() };
    const answer = this.answer(method, url, object, isConditional);
    if (fault === "cut-after") return void response.destroy();
    if (fault === "silence-after") return;
    if (fault !== "cut-within") return send(response, method, answer);
    const body = Buffer.from(answer.body ?? "");
    response.writeHead(answer.status, { ...answer.headers, "content-length": body.length + 1 });
    response.write(body.subarray(0, body.length >> 1), () => response.destroy());
  }

  private answer(method: string, url: URL, given: StoredObject, isConditional: boolean): Answer {
    const [bucket, ...names] = decodeURIComponent(url.pathname).slice(1).split("/");
    if (bucket !== BUCKET) return error(404, "NoSuchBucket");
    const key = names.join("/");
    if (key === "") return this.list(url.searchParams);
    const present = this.objects.get(key);
    switch (method) {
      case "PUT":
        if (isConditional && present !== undefined) return error(412, "PreconditionFailed");
        this.objects.set(key, given);
        return { status: 200 };
      case "DELETE":
        this.objects.delete(key);
        return { status: 204 };
      default: {
        if (present === undefined) return error(404, "NoSuchKey");
        const { bytes, writer } = present;
        return { status: 200, ...(writer && { headers: metadata(writer) }), body: bytes };
      }
    }
  }

  private list(query: URLSearchParams): Answer {
    const prefix = query.get("prefix") ?? "";
    const after = query.get("continuation-token") ?? "";
    const keys = [...this.objects.keys()]
      .filter((key) => key.startsWith(prefix) && (after === "" || bytesBefore(after, key)))
      .sort((a, b) => (bytesBefore(a, b) ? -1 : 1));
    const contents = keys.slice(0, PAGE_KEYS).map((key) => {
      const { bytes, modified } = this.objects.get(key)!;
      return (
        `<Contents><Key>${key}</Key><Size>${bytes.length}</Size>` +
        `<LastModified>${modified.toISOString()}</LastModified></Contents>`
      );
    });
    const isTruncated = keys.length > PAGE_KEYS;
    const next = isTruncated
      ? `<NextContinuationToken>${keys[PAGE_KEYS - 1]}</NextContinuationToken>`
      : "";
    const body = `<ListBucketResult>${contents.join("")}<IsTruncated>${isTruncated}</IsTruncated>${next}</ListBucketResult>`;
    return { status: 200, body };
  }
}

const bytesBefore = (a: string, b: string): boolean =>
  Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;

const metadata = (writer: string) => ({ "x-amz-meta-writer": writer });

const error = (status: number, code: string): Answer => ({
  status,
  headers: { "content-type": "application/xml" },
  body: `<Error><Code>${code}</Code><Message>as the test wants it</Message></Error>`,
});

function send(response: ServerResponse, method: string, { status, headers, body }: Answer): void {
  const bytes = Buffer.from(body ?? "");
  response.writeHead(status, { ...headers, "content-length": bytes.length });
  response.end(method === "HEAD" ? "" : bytes);
}
