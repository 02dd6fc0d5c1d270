"""Calls written to files for others: tables, documents, dumps, tickets."""
