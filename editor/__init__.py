"""The editor: from arrays (raster) up to windows (ui); each room imports only what lies below it."""
