"""The institute: ingest → corte → publish → deliver, and the phases of the night."""
