//! cyclorama-tflite
