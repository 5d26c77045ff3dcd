import type { Inspected } from "../inspected.ts";
import type { Gathering } from "../peers/gathering.ts";
import { withDocument } from "./openapi.ts";
import { processRoutes } from "./process-routes.ts";
import { type Answer, answerOf, type Question, type Route } from "./route.ts";
import { stateRoute } from "./state-route.ts";
import { streamRoute } from "./stream-route.ts";
import { pictureRoutes } from "./topology-picture.ts";

/** Says what there is at each path. */
export class Answers {
  readonly #routes: readonly Route[];

  /** `more`: what the application can tell besides. */
  constructor(inspected: Inspected, gathering: Gathering, more: readonly Route[]) {
    const routes = [
      ...processRoutes(inspected),
      ...pictureRoutes(inspected),
      stateRoute(gathering),
      streamRoute,
      ...more,
    ];
    this.#routes = withDocument(routes, inspected.version);
  }

  to(question: Question): Promise<Answer> {
    return answerOf(this.#routes, question);
  }
}
