"""HL7 FHIR R4B: health records in, pre-alert and hand-over out, hospital status both ways. Knows no network."""
