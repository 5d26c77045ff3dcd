import { type ListenAddress, parseListenAddress } from "../../inspector/http/listen-address.ts";
import { durationMs } from "../duration.ts";

/** What the value of an option may be. */
export interface ValueType<T> {
  /** In words, for messages and documents: "takes …". */
  readonly expected: string;
  /** The value that a text stands for; undefined: none. */
  readonly parse: (text: string) => T | undefined;
}

export const text: ValueType<string> = {
  expected: "a text",
  parse: (given) => (given === "" ? undefined : given),
};

export const flag: ValueType<boolean> = {
  expected: "true or false",
  parse: (given) => (given === "true" ? true : given === "false" ? false : undefined),
};

export const wholeNumber = (min: number, max: number): ValueType<number> => ({
  expected: `a whole number from ${min} to ${max}`,
  parse: (given) => {
    const value = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  },
});

export const duration: ValueType<number> = {
  expected: "a duration such as 500ms, 10s, 15m, 2h, 8d",
  parse: (given) => {
    const ms = durationMs(given);
    return ms !== null && ms > 0 ? ms : undefined;
  },
};

/** Limits as they are written. */
export const durationBetween = (min: string, max: string): ValueType<number> => ({
  expected: `a duration from ${min} to ${max}`,
  parse: (given) => {
    const ms = durationMs(given);
    return ms !== null && ms >= durationMs(min)! && ms <= durationMs(max)! ? ms : undefined;
  },
});

export const list: ValueType<readonly string[]> = {
  expected: "a list, with commas between its entries",
  parse: (given) => {
    const entries = given.split(",").map((entry) => entry.trim());
    return entries.every((entry) => entry !== "") ? entries : undefined;
  },
};

export const place: ValueType<string> = {
  expected: "a folder, or s3://bucket/prefix",
  parse: (given) => {
    if (given === "") return undefined;
    const isAddress = /^[a-z][a-z0-9+.-]*:\/\//i.test(given);
    return !isAddress || /^s3:\/\/[^/]/.test(given) ? given : undefined;
  },
};

export const address = (protocols: readonly string[], example: string): ValueType<string> => ({
  expected: `an address such as ${example}`,
  parse: (given) => (protocols.includes(URL.parse(given)?.protocol ?? "") ? given : undefined),
});

/** Of servers: with nothing behind the port. */
export const servers = (example: string): ValueType<readonly string[]> => ({
  expected: `addresses such as ${example}, with commas between them`,
  parse: (given) => {
    const found = list.parse(given)?.map((each) => URL.parse(each));
    const isServer = (url: URL | null) =>
      url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
    return found?.every(isServer) ? found.map((url) => url!.origin) : undefined;
  },
});

/** Where a server is to listen, or that there is to be none. */
export const listenAddress: ValueType<ListenAddress | "off"> = {
  expected: "host:port, host:port+, or off",
  parse: (given) => (given === "off" ? given : parseListenAddress(given)),
};

export const oneOf = <const T extends string>(...values: readonly T[]): ValueType<T> => ({
  expected: `one of ${values.join(", ")}`,
  parse: (given) => values.find((value) => value === given),
});
