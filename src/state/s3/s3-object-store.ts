import { setTimeout as sleep } from "node:timers/promises";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { backOffMs } from "../../record/back-off.ts";
import { ConfigError } from "../../record/errors.ts";
import { checkObjectPath } from "../object-path.ts";
import { byPath, type ObjectInfo, type ObjectStore } from "../object-store.ts";
import { failed, failureKind } from "./s3-failure.ts";
import type { S3Location } from "./s3-location.ts";

export interface S3Options extends S3Location {
  /** URL of the service. Default: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, then AWS's own. */
  readonly endpoint?: string;
  /** Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, then `us-east-1`, as stores outside AWS have it. */
  readonly region?: string;
  /** Default: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, a profile, the machine's role. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** A connection on which nothing happens for so long is given up. Default: 20 s. */
  readonly silenceMsMax?: number;
  /** A name nobody else gives, e.g. a UUID. */
  readonly uniqueName: () => string;
  /** In [0, 1): spreads the retries of writers that failed together. */
  readonly random: () => number;
}

/** Requests for one thing, and the waits between them. */
const ATTEMPTS_MAX = 7;
const BACK_OFF = { firstMs: 100, mostMs: 3_000 } as const;

const CONNECT_MS_MAX = 5_000;
const SILENCE_MS_MAX = 20_000;

/**
 * An object store in a bucket of MinIO, AWS or anything else that speaks S3 and knows conditional
 * writes. An object is one request, which S3 takes up to 5 GB; ours are 128 MB at most.
 *
 * Bad moments of the store or the network are sat out, five seconds on average, then they are a
 * `RetriableError`. What only the operator can change is a `ConfigError` at once.
 */
export class S3ObjectStore implements ObjectStore {
  private readonly client: S3Client;
  private readonly bucket: string;
  private readonly prefix: string;
  private readonly uniqueName: () => string;
  private readonly random: () => number;

  constructor(options: S3Options) {
    const { endpoint, region, credentials, bucket, prefix } = options;
    this.bucket = bucket;
    this.prefix = prefix === "" ? "" : `${prefix}/`;
    this.uniqueName = options.uniqueName;
    this.random = options.random;
    const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
    this.client = new S3Client({
      ...(endpoint !== undefined && { endpoint }),
      ...(credentials !== undefined && { credentials }),
      region: region ?? AWS_REGION ?? AWS_DEFAULT_REGION ?? "us-east-1",
      forcePathStyle: true,
      // Its retries would hide that an earlier request may have been carried out.
      maxAttempts: 1,
      // Stores other than AWS refuse the checksums which newer SDKs add of themselves.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      // Asking first makes a new connection for each large object.
      expectContinueHeader: false,
      requestHandler: {
        connectionTimeout: CONNECT_MS_MAX,
        socketTimeout: options.silenceMsMax ?? SILENCE_MS_MAX,
      },
    });
  }

  /**
   * To be called once before anything is written: without conditional writes two writers overwrite
   * each other's commits, and neither is told.
   * @throws ConfigError when the store ignores the condition.
   */
  async checkConditionalWrites(): Promise<void> {
    const path = `.probe-${this.uniqueName()}`;
    const isFirst = await this.putIfAbsent(path, Buffer.from("first"));
    const isSecond = await this.putIfAbsent(path, Buffer.from("second"));
    await this.delete(path);
    if (isFirst && !isSecond) return;
    throw new ConfigError(
      `${this.place("")} does not keep to If-None-Match: of two conditional writes of one object ` +
        `${isFirst ? "both" : "not even the first"} succeeded; take a store that does, e.g. MinIO or AWS`,
    );
  }

  async get(path: string): Promise<Uint8Array | null> {
    const request = new GetObjectCommand(this.at(path));
    return await this.persist("read", path, async () => {
      try {
        const { Body } = await this.client.send(request);
        return await Body!.transformToByteArray();
      } catch (error) {
        if (failureKind(error) === "absent") return null;
        throw error;
      }
    });
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    const request = new PutObjectCommand({ ...this.at(path), Body: bytes });
    await this.persist("write", path, () => this.client.send(request));
  }

  async putIfAbsent(path: string, bytes: Uint8Array): Promise<boolean> {
    // Who wrote it is told by the object itself: another writer's bytes may be the same.
    const writer = this.uniqueName();
    const object = { ...this.at(path), Body: bytes, Metadata: { writer } };
    const request = new PutObjectCommand({ ...object, IfNoneMatch: "*" });
    let isRepeated = false;
    return await this.persist("write", path, async () => {
      try {
        await this.client.send(request);
        return true;
      } catch (error) {
        if (failureKind(error) === "taken") return isRepeated && (await this.isBy(writer, path));
        isRepeated = true;
        throw error;
      }
    });
  }

  async list(prefix: string): Promise<ObjectInfo[]> {
    const end = prefix.lastIndexOf("/");
    if (end >= 0) checkObjectPath(prefix.slice(0, end));
    const found: ObjectInfo[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = { Bucket: this.bucket, Prefix: this.prefix + prefix, ContinuationToken };
      const request = new ListObjectsV2Command(page);
      const answer = await this.persist("list", prefix, () => this.client.send(request));
      for (const { Key, Size, LastModified } of answer.Contents ?? []) {
        const path = Key!.slice(this.prefix.length);
        found.push({ path, size: Size!, modifiedMs: LastModified!.getTime() });
      }
      ContinuationToken = answer.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    // In order already but for some stores.
    return found.sort(byPath);
  }

  async delete(path: string): Promise<void> {
    const request = new DeleteObjectCommand(this.at(path));
    await this.persist("delete", path, () => this.client.send(request));
  }

  private async isBy(writer: string, path: string): Promise<boolean> {
    const { Metadata } = await this.client.send(new HeadObjectCommand(this.at(path)));
    return Metadata?.["writer"] === writer;
  }

  private at(path: string): { readonly Bucket: string; readonly Key: string } {
    checkObjectPath(path);
    return { Bucket: this.bucket, Key: this.prefix + path };
  }

  private place(path: string): string {
    return `s3://${this.bucket}/${this.prefix}${path}`;
  }

  /** Tries until it succeeds, or fails in a way that trying again does not change. */
  private async persist<T>(action: string, path: string, send: () => Promise<T>): Promise<T> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await send();
      } catch (error) {
        const isOver = attempts === ATTEMPTS_MAX || failureKind(error) !== "passing";
        if (isOver) throw failed(action, this.place(path), error);
        await sleep(backOffMs(attempts, BACK_OFF, this.random));
      }
    }
  }
}
