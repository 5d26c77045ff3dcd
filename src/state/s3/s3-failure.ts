import { ConfigError, RetriableError } from "../../record/errors.ts";

/**
 * What an error of the SDK means. `absent`: no such object. `taken`: the condition of a write does
 * not hold. `passing`: it may work in a moment. `lasting`: it will not until somebody acts. `foreign`:
 * nothing of S3's, a mistake of ours.
 */
export type S3FailureKind = "absent" | "taken" | "passing" | "lasting" | "foreign";

interface SdkError {
  /** The code in S3's answer, or the class of a failure before there was one. */
  readonly name?: string;
  /** Of the operating system, TLS or HTTP, when there was no answer. */
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** The system's own (ECONNRESET, ENOTFOUND, …), a broken answer, a body that ends too early. */
const NETWORK = /^(?:E[A-Z]+|EAI_AGAIN|HPE_\w+|ERR_STREAM_PREMATURE_CLOSE)$/;
const CERTIFICATE = /CERT|SELF_SIGNED|ERR_TLS/;

export function failureKind(error: unknown): S3FailureKind {
  const { name = "", code = "", $metadata } = error as SdkError;
  const status = $metadata?.httpStatusCode;
  if (status === undefined) {
    if (name === "CredentialsProviderError" || CERTIFICATE.test(code)) return "lasting";
    return name === "TimeoutError" || NETWORK.test(code) ? "passing" : "foreign";
  }
  if (status === 404) return name === "NoSuchBucket" ? "lasting" : "absent";
  if (status === 412) return "taken";
  // 2xx: an answer that cannot be read, cut off or not S3's.
  const isPassing =
    status < 300 ||
    status === 409 ||
    status === 429 ||
    name === "RequestTimeout" ||
    (status >= 500 && status !== 501);
  return isPassing ? "passing" : "lasting";
}

/** What to do, by the code or the status of the answer. */
const ADVICE: Readonly<Record<string, string>> = {
  NoSuchBucket: "create the bucket, or name another one",
  CredentialsProviderError: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile",
  InvalidAccessKeyId: "AWS_ACCESS_KEY_ID is not known there",
  SignatureDoesNotMatch: "AWS_SECRET_ACCESS_KEY is not that of AWS_ACCESS_KEY_ID",
  RequestTimeTooSkewed: "set the clock of this machine",
  PermanentRedirect: "set AWS_REGION to the region of the bucket",
  AuthorizationHeaderMalformed: "set AWS_REGION to the region of the bucket",
  KeyTooLongError: "choose a shorter prefix: with it a path may have 1024 bytes",
  "403":
    "the credentials need s3:GetObject, s3:PutObject and s3:DeleteObject below the prefix, and " +
    "s3:ListBucket on the bucket, without which even a missing object is refused",
  "501": "the store does not know what is asked of it; it has to be S3 with conditional writes",
};

/** As the program's own class of error, with the place and what to do. */
export function failed(action: string, place: string, cause: unknown): unknown {
  const kind = failureKind(cause);
  if (kind === "foreign") return cause;
  const { name, code, message = "", $metadata } = cause as SdkError;
  const status = $metadata?.httpStatusCode;
  const what = [status, code ?? name].filter((part) => part !== undefined).join(" ");
  const text = `cannot ${action} ${place}: ${what}, ${message.replaceAll(/\s+/g, " ")}`;
  if (kind !== "lasting") return new RetriableError(text, { cause });
  const advice = ADVICE[name ?? ""] ?? ADVICE[`${status}`];
  return new ConfigError(advice === undefined ? text : `${text}; ${advice}`, { cause });
}
