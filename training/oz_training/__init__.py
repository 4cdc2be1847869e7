"""Training of the default PAD model: data, simulated attacks, distillation, selection, export."""
