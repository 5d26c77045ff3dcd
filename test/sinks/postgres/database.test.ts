import { databaseSuite } from "./database-suite.ts";
import { testDatabases } from "./test-databases.ts";

for (const database of await testDatabases()) databaseSuite(database);
