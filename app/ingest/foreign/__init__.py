"""Merges the records of another data set into stored ones: finds the stored record of each, and what it changes.

A record is identified by what the data set stated before (`data_set_statement`), else by the external id that identifies
it in the data set (`identified_by` of its rule), else by the slug that the profile made. Every other external id is a
cross-reference: it is stored, and reported if another record has it, but records are not matched by it.
"""
