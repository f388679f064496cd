"""Functions on arrays: blending, dabs, polygons, outlines. No Qt, no document."""
