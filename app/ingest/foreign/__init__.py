"""Merges the records of another data set into stored records: finds the stored record for each record, and computes
what changes in the stored record.

A record is identified by what the data set stated before (`data_set_statement`), else by the external id that identifies
it in the data set (`identified_by` of its rule), else by the slug that the profile made. Every other external id is a
cross-reference. It is stored, and reported if another record has the same id, but it is not used to match records.
"""
