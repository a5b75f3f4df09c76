import { effect, signal } from "@preact/signals";

export type Theme = "dark" | "light";

const STORED_UNDER = "dispatch.theme";

/** Dark, for rooms where screens are the only light, unless light was chosen here before. */
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
    return localStorage.getItem(STORED_UNDER) === "light" ? "light" : "dark";
  } catch {
    return "dark";
  }
}
