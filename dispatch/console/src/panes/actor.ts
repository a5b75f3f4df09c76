import { words } from "../i18n";

/** `crew:救001` is the crew of that unit, `hospital:H001` a hospital; anything else is a user or a part of the service. */
export function actorText(actor: string): string {
  const [role, name] = actor.split(":", 2);
  return [words("actor", role ?? "") ?? role, name].filter(Boolean).join(" ");
}
