import { type ComponentChild, h } from "preact";
import type { ToldSentence } from "../sentence-ring.ts";
import { away, panelTitle, webAddress } from "./elements.ts";
import type { Actions, Model } from "./model.ts";
import { instant } from "./number-text.ts";

/** Events as they become complete, in words. */
export function sentencesPanel({ told }: Model, actions: Actions): ComponentChild {
  const { shown, waiting, isPaused } = told;
  return h(
    "div",
    null,
    panelTitle(
      "sentences",
      "As events become complete",
      h("span", { class: "quiet" }, isPaused && waiting > 0 ? `${waiting} wait` : ""),
      h(
        "button",
        { type: "button", "aria-pressed": isPaused, onClick: actions.pause },
        isPaused ? "Resume" : "Pause",
      ),
    ),
    shown.length === 0
      ? h("p", { class: "empty" }, "The next ones come when a slice closes.")
      : h(
          "ol",
          { class: "told", tabIndex: 0, "aria-label": "Sentences, the newest first" },
          shown.map((one) => sentence(one, actions)),
        ),
  );
}

function sentence(
  { id, slice, sentence: text, url }: ToldSentence,
  actions: Actions,
): ComponentChild {
  const address = webAddress(url);
  return h(
    "li",
    { key: id },
    h("p", { dir: "auto" }, text),
    h(
      "p",
      { class: "quiet" },
      h("span", null, instant(slice)),
      h(
        "button",
        { type: "button", class: "plain", onClick: () => actions.find(id) },
        `event ${id}`,
      ),
      address === null ? null : away(address, new URL(address).hostname),
    ),
  );
}
