/** Warnings of premises, in English. */
export const enPremises = {
  "premises.title": "Warnings of the premises",
  "premises.kind": "Kind",
  "premises.kind.dog": "Dog",
  "premises.kind.violence": "Violence",
  "premises.kind.access": "Access",
  "premises.kind.hazard": "Oxygen or chemicals",
  "premises.kind.lift": "Stretcher does not fit the lift",
  "premises.kind.other": "Other",
  "premises.entered": "{who}, {day}",
  "premises.reviewed": "looked at by {who}, {day}",
  "premises.until": "until {day}",
} as const;
