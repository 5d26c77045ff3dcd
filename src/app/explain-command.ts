import { ConfigError } from "../record/errors.ts";
import { readStory } from "../story/event-story.ts";
import { readTraces } from "../story/event-traces.ts";
import { storyText } from "../story/story-text.ts";
import { mustBeWhole, withLake } from "./lake-reader.ts";
import { parseArguments } from "./parse-arguments.ts";

/** `gdelt-streams explain <id>`: the story of one event; 1 when there is none of that id. */
export async function runExplain(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const [id, ...others] = positionals;
  const { data, json = false } = values;
  if (id === undefined || others.length > 0 || data === undefined) {
    throw new ConfigError("usage: gdelt-streams explain <GlobalEventID> --data <folder> [--json]");
  }
  if (!/^\d{1,18}$/.test(id)) throw new ConfigError(`a GlobalEventID is a number, not "${id}"`);
  return await withLake(data, async (lake) => {
    mustBeWhole(lake);
    const story = await readStory(lake, id);
    if (story !== null) {
      process.stdout.write(json ? `${JSON.stringify(story)}\n` : storyText(story));
      return 0;
    }
    const traces = await readTraces(lake, id);
    const nothing = traces.length > 0 ? traces : ["Nothing in this lake speaks of it."];
    process.stdout.write(
      json
        ? `${JSON.stringify({ event: null, traces })}\n`
        : `There is no event ${id} in silver/events.\n${nothing.join("\n")}\n`,
    );
    return 1;
  });
}

const parse = (args: string[]) =>
  parseArguments({
    args,
    allowPositionals: true,
    options: { data: { type: "string" }, json: { type: "boolean" } },
  });
