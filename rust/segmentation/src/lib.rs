//! cyclorama-segmentation
