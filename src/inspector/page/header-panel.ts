import { type ComponentChild, h } from "preact";
import type { GatheredState } from "../peers/gathering.ts";
import { mark } from "./elements.ts";
import type { Connected } from "./inspector-client.ts";
import type { Health } from "./lag-watch.ts";
import type { Model } from "./model.ts";
import { instant } from "./number-text.ts";
import { themeSwitch } from "./theme-switch.ts";

const CONNECTIONS: Readonly<Record<Connected, { readonly health: Health; readonly text: string }>> =
  {
    connecting: { health: "restoring", text: "connecting" },
    live: { health: "ok", text: "live" },
    lost: { health: "stalled", text: "no connection" },
    locked: { health: "down", text: "locked" },
  };

/** Which application it is, and whether what is shown is of now. */
export function headerPanel(
  { connected, state, vitals }: Model,
  changed: () => void,
): ComponentChild {
  const { health, text } = CONNECTIONS[connected];
  return h(
    "div",
    { class: "bar" },
    h("h1", null, state?.application ?? "gdelt-streams"),
    h("span", { class: "badge" }, mark(health), text),
    state === null ? null : h("div", { class: "facts" }, factsOf(state, vitals.watermark)),
    themeSwitch("Colours", { auto: "auto", light: "light", dark: "dark" }, changed),
  );
}

function factsOf(
  { topologies, instances }: GatheredState,
  watermark: number | null,
): ComponentChild[] {
  const states = Map.groupBy(instances, ({ state }) => state);
  return [
    ...[...states].map(([state, of]) =>
      h(
        "span",
        null,
        mark(state === "RUNNING" ? "ok" : state === "UNREACHABLE" ? "down" : "restoring"),
        ` ${instances.length === 1 ? "" : `${of.length} × `}${state}`,
      ),
    ),
    ...topologies.map(({ version, hash }) => h("span", null, `${version} · ${hash.slice(0, 8)}`)),
    h("span", null, `watermark ${instant(watermark)} UTC`),
  ];
}

/** Where a token is asked for. */
export function loginPanel(model: Model, unlock: (token: string) => void): ComponentChild {
  if (model.connected !== "locked") return null;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const input = (event.target as HTMLFormElement).elements.namedItem("token") as HTMLInputElement;
    model.wasRefused = true;
    unlock(input.value);
  };
  return h(
    "form",
    { class: "login", onSubmit: submit },
    h("label", { for: "token" }, "Token of the inspector"),
    h("input", {
      id: "token",
      name: "token",
      type: "password",
      autocomplete: "off",
      required: true,
    }),
    h("button", { class: "primary" }, "Show"),
    h(
      "p",
      { class: "quiet", role: "status" },
      model.wasRefused
        ? "That is not the token."
        : "It is what inspector.token is set to. This tab keeps it until it is closed.",
    ),
  );
}
