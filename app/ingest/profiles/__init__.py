"""Mapping profiles: a YAML file says how the columns of a foreign table become records.

`schema` is what a profile may say and `forms` what its values may be made of; `cells` and `values` read cells and make values,
`table` makes the records of a row and is the form of files that imports see, `gathering` joins what several rows say of one
record, and `shipped` finds the profiles that come with Parley.
"""
