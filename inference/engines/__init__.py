"""The engines, imported by the engine host alone, and the table that registers them, which anyone may read."""
