import { errorSchema } from "./operation.ts";
import type { Route } from "./route.ts";

export const STREAM_PATH = "/stream";

export const STREAM_TYPE = "text/event-stream; charset=utf-8";

/** Described like the others; but who asks by GET is taken by the server before, and listens without an end. */
export const streamRoute: Route = {
  path: STREAM_PATH,
  operation: {
    summary: "How things stand, every two seconds, and sentences as events become complete.",
    responses: {
      200: {
        description:
          "Server-sent events: `state` is what `/topology/state` answers, `sentence` an event that has become complete.",
        types: [STREAM_TYPE],
      },
      503: { description: "Too many listen already.", schema: errorSchema },
    },
  },
  answer: () => ({ status: 200, contentType: STREAM_TYPE, body: "" }),
};
