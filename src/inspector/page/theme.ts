export const THEMES = ["auto", "light", "dark"] as const;

export type Theme = (typeof THEMES)[number];

const KEPT = "inspector.theme";

/** What was chosen here before; `auto` is what the system has. */
export const chosenTheme = (): Theme =>
  THEMES.find((theme) => theme === localStorage.getItem(KEPT)) ?? "auto";

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(KEPT, theme);
  applyTheme();
}

export function applyTheme(): void {
  const theme = chosenTheme();
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}
