"""Descriptions of the fields of this package, shared by its schemas, filters and tables."""

COLLECTION = "Collection of the two records."
ENTITY_ID = "Id of the record: collection and slug."
PAIR_RECORD_ID = "Id of the record."
QUERIES = "A batch of queries, as JSON."
SLUG = "Slug of the record."
URL = "URL path of the record on this server."
