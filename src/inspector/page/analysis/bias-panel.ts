import { type ComponentChild, h } from "preact";
import { panelTitle } from "../elements.ts";
import type { Words } from "./words.ts";

/** What one has to know before one believes any of it. */
export const biasPanel = ({ biases, biasList }: Words): ComponentChild =>
  h(
    "div",
    null,
    panelTitle("biases", biases),
    h(
      "ul",
      { class: "biases" },
      biasList.map((text) => h("li", null, text)),
    ),
  );
