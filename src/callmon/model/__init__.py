"""The words of the project: frames that arrive, events they mean, metrics they carry."""
