import { effect, signal } from "@preact/signals";

export type Theme = "dark" | "light";

const STORED_UNDER = "dispatch.theme";

/** Dark or light: what was chosen here before, else what the computer prefers. */
export const theme = signal<Theme>(initial());

export function switchTheme(): void {
  theme.value = theme.value === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(STORED_UNDER, theme.value);
  } catch {
    // Storage can be forbidden; the choice then lasts as long as the page.
  }
}

export function followTheme(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}

function initial(): Theme {
  try {
    const stored = localStorage.getItem(STORED_UNDER);
    if (stored === "dark" || stored === "light") return stored;
  } catch {
    // As above.
  }
  return matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
}
