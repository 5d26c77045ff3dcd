import { type ComponentChild, h } from "preact";
import { chooseTheme, chosenTheme, THEMES, type Theme } from "./theme.ts";

/** Chooses the colours; `names` are those of the themes in the language of the page. */
export const themeSwitch = (
  label: string,
  names: Readonly<Record<Theme, string>>,
  changed: () => void,
): ComponentChild =>
  h(
    "div",
    { class: "themes", role: "group", "aria-label": label },
    THEMES.map((theme) =>
      h(
        "button",
        {
          type: "button",
          "aria-pressed": chosenTheme() === theme,
          onClick: () => {
            chooseTheme(theme);
            changed();
          },
        },
        names[theme],
      ),
    ),
  );
