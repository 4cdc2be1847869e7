"""Reproduces the committed ONNX models from pinned public packages, byte for byte."""
