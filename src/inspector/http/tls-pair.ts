import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { ConfigError } from "../../record/errors.ts";

/** Certificate, with those that vouch for it behind it, and its key; PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/**
 * What a server takes. One whose pair does not fit would take it, and answer nobody.
 * @throws ConfigError when the two do not belong together, or are no such thing.
 */
export function secureOptions({ cert, key }: TlsPair): SecureContextOptions {
  try {
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
      throw new Error("the key is not that of the certificate");
    }
    const options = { cert, key, minVersion: "TLSv1.2" } as const;
    createSecureContext(options);
    return options;
  } catch (cause) {
    throw new ConfigError(
      `inspector.tls.cert and inspector.tls.key cannot be used: ${(cause as Error).message}`,
      { cause },
    );
  }
}
