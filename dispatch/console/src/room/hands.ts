/**
 * Puts the hands on a control: at once where it stands, else when the page has been drawn, unless they have gone elsewhere by then.
 *
 * They let go of what they held in the same turn, for the next key may be in the queue already: it is one of ours, not a letter in the
 * field that was left.
 */
export function putHandsOn(id: string): void {
  const control = document.getElementById(id);
  if (control !== null) return control.focus();
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  setTimeout(() => {
    if (document.activeElement === document.body) document.getElementById(id)?.focus();
  });
}
