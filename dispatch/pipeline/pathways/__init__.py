"""Clinical pathways: what of a need decides where it is treated (`profile`), which hospitals suit it (`houses`), where a stroke or an
infarction is treated best (`stroke`, `stemi`, by `outcomes`), and who else is told (`handover`)."""
