"""Reports as files for people and programs: pages that open without internet, plots, tables."""
