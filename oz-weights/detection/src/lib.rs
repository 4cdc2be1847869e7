#![doc = include_str!("../README.md")]
#![no_std]

/// BlazeFace, short range: faces within about 2 m.
///
/// Input `[N, 3, 128, 128]`, RGB.
pub static FACE_DETECTION_SHORT: &[u8] = include_bytes!("../face_detection_short.onnx");

/// BlazeFace, full range: small and distant faces.
///
/// Input `[N, 3, 192, 192]`, RGB.
pub static FACE_DETECTION_FULL: &[u8] = include_bytes!("../face_detection_full.onnx");

/// Face mesh of 478 points with both irises, and the presence of a face.
///
/// Input `[N, 3, 256, 256]`, RGB.
pub static FACE_LANDMARKS_478: &[u8] = include_bytes!("../face_landmarks_478.onnx");

/// 52 expression coefficients (blink, smile, jaw, gaze) from points of the mesh.
///
/// Input `[N, 146, 2]`, in pixels.
pub static FACE_BLENDSHAPES: &[u8] = include_bytes!("../face_blendshapes.onnx");

/// File names, as in the ledger of `oz-models`, and contents of all models.
pub static FILES: [(&str, &[u8]); 4] = [
    ("face_detection_short.onnx", FACE_DETECTION_SHORT),
    ("face_detection_full.onnx", FACE_DETECTION_FULL),
    ("face_landmarks_478.onnx", FACE_LANDMARKS_478),
    ("face_blendshapes.onnx", FACE_BLENDSHAPES),
];
