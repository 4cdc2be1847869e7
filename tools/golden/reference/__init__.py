"""Reference implementation of the face chain: detection, mesh, blendshapes, alignment, features, PAD."""
