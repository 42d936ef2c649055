"""Rules of the domain, as SQL expressions over sets of records. This package depends only on the tables, and the domain
packages use it."""
