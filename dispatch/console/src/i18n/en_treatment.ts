/** The stroke and chest pain maps, in English. */
export const enTreatment = {
  "treatment.choose": "Treatment map",
  "treatment.none": "All hospitals",
  "treatment.close": "Close the treatment map",
  "treatment.as_of": "As of (empty: today)",
  "treatment.known": "are known to be on the map; {unknown} not known, {no} not on it.",
  "treatment.published": "Published: {n}.",
  "treatment.membership.unknown": "not known whether on the map",
  "treatment.until": "{source} until {at}",
} as const;
