"""Calls written as dumps that other tools read: what browsers export themselves."""
