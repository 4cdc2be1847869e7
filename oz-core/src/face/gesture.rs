//! Gestures of the head and face over time.
