import fc from "fast-check";
import { flatMap } from "../../src/operators/flat-map.ts";
import { statelessSuite, throwing } from "./stateless-suite.ts";

statelessSuite("flatMap", {
  operator: () => flatMap((value: string, at) => [...value].map((letter) => `${letter}${at}`)),
  value: fc.string({ maxLength: 3 }),
  each: (row) => [...row.value].map((letter) => ({ ...row, value: `${letter}${row.at}` })),
  throwing: () => flatMap(throwing),
});
