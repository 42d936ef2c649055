"""Mapping profiles: a YAML file says how the columns of a foreign table become records.

`schema` is what a profile may say, `cells` and `values` read cells and make values, `rows` makes the records of a row,
`gathering` joins what several rows say of one record, and `source` is the form of files that imports see.
"""
