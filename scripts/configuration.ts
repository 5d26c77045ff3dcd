import { writeFileSync } from "node:fs";
import { configurationPage, exampleFile } from "../src/app/config/describe-configuration.ts";

/** Writes what is made of the catalogue of options: `node scripts/configuration.ts`. */
writeFileSync("docs/configuration.md", configurationPage());
writeFileSync("config/gdelt-streams.yaml", exampleFile());
