"""Made-up values for the slots of the templates: names, addresses, numbers, secrets and the rest.

`collect` gathers the raw lists once (it needs the extra `train`) and writes them into the work
folder; the other modules only draw from those lists, with the standard library alone. No value
belongs to anybody: names are put together from lists of first and last names, numbers are random
with right check digits.
"""
