"""The face chain in Python: detection, mesh, blendshapes, alignment, features."""
