"""Workbooks (.xlsx): reads a sheet as lines of CSV, for the code that reads tables.

The number of a line is the number of the row in the sheet. The directory of the archive is at its end, so the whole
file is stored in a temporary file before the first row is read. Only one row and the shared strings are held in memory.
"""
