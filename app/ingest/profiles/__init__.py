"""Mapping profiles: YAML files that describe how the columns of another data set's table become records.

`schema` defines the keys of a profile, and `value_forms` the expressions for values. `cells` parses cells, and `values` builds the
values of a record from them. `table` reads a file row by row for the importer, and `row_merging` merges the rows that describe the
same record. `catalog` loads and validates profiles, including the ones bundled with Parley.
"""
