import fc from "fast-check";
import { map } from "../../src/operators/map.ts";
import { statelessSuite, throwing } from "./stateless-suite.ts";

statelessSuite("map", {
  operator: () => map((value: number, at) => `${value} at ${at}`),
  value: fc.integer(),
  each: (row) => [{ ...row, value: `${row.value} at ${row.at}` }],
  throwing: () => map(throwing),
});
