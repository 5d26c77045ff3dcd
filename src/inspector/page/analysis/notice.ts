import { type ComponentChild, h } from "preact";
import type { Actions, PageState } from "./page-state.ts";
import type { Words } from "./words.ts";

/** Why there is nothing to see: what to do about it is in the words of who was asked. */
export function notice({ told, words }: PageState, { unlock }: Actions): ComponentChild {
  if (told?.kind === "locked") return login(words, told.wasRefused, unlock);
  if (told?.kind !== "failed") return null;
  return h("p", { class: "notice" }, `${words.failed}: ${told.reason}.`);
}

function login(words: Words, wasRefused: boolean, unlock: Actions["unlock"]): ComponentChild {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const input = (event.target as HTMLFormElement).elements.namedItem("token") as HTMLInputElement;
    unlock(input.value);
  };
  return h(
    "form",
    { class: "login", onSubmit: submit },
    h("label", { for: "token" }, words.token),
    h("input", {
      ...{ id: "token", name: "token", type: "password", autocomplete: "off" },
      required: true,
    }),
    h("button", { class: "primary" }, words.show),
    wasRefused ? h("p", { class: "quiet" }, words.refused) : null,
  );
}
