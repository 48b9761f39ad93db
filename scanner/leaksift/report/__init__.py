"""A result in the forms that people and scripts read. SARIF and what comes from it: `sarif/`."""
