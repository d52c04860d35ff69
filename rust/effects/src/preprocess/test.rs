use super::cpu;
use super::pass::Preprocess;
use crate::planes::{ColorMatrix, Planes, Sampling, YuvStandard};
use crate::testing::{SIZES, binding, gpu, gradients, guide, scene, size};
use crate::{EffectError, Image, Size};

fn on_gpu(preprocess: &mut Preprocess, frame: &Image, input: Size) -> Vec<f32> {
    let (gpu, offset) = (gpu(), 256);
    let tensor = gpu.buffer(&vec![-1.0; input.pixels() * 3], offset as usize);
    let frame = gpu.texture(frame);
    gpu.submit(|encoder| preprocess.encode(encoder, &frame, &binding(&tensor, offset), input)).unwrap();
    let bytes = gpu.read_buffer(&tensor);
    let values: Vec<f32> = bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let (before, tensor) = values.split_at(offset as usize / 4);
    assert!(before.iter().all(|value| *value == -1000.0), "wrote before the binding's offset");
    tensor.to_vec()
}

fn golden(name: &str) -> Image {
    let path = format!("{}/src/preprocess/golden/{name}.png", env!("CARGO_MANIFEST_DIR"));
    let image = image::open(&path).unwrap_or_else(|error| panic!("{path}: {error}")).into_rgba8();
    Image::new(size(image.width(), image.height()), image.into_raw()).unwrap()
}

fn max_difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn agrees_with_the_twin_on_gpu() {
    // Measured: 0.0051. A sampler mixes in steps of 1/256, and that of Mesa on the CPU rounds the result to 8 bits.
    let mut preprocess = Preprocess::new(&gpu().device);
    for frame in SIZES.map(|size| scene(size, 1)) {
        for input in [size(256, 144), size(40, 23), size(16, 16), size(31, 122), frame.size()] {
            let difference = max_difference(&on_gpu(&mut preprocess, &frame, input), &guide(&frame, input));
            assert!(difference <= 0.006, "{} to {input}: {difference}", frame.size());
        }
    }
}

#[test]
fn twin_agrees_with_pillow() {
    // Pillow rounds to 8 bits after each axis: half a level each.
    let frame = golden("frame");
    for input in [size(40, 23), size(150, 90), size(97, 20), size(31, 122)] {
        let golden = golden(&format!("frame_{input}"));
        let expected: Vec<f32> = golden
            .pixels()
            .as_chunks()
            .0
            .iter()
            .flat_map(|[r, g, b, _]| [r, g, b].map(|l| f32::from(*l)))
            .collect();
        let found: Vec<f32> = guide(&frame, input).iter().map(|value| value * 255.0).collect();
        let difference = max_difference(&found, &expected);
        assert!(difference <= 1.01, "to {input}: {difference} levels");
    }
}

#[test]
fn a_frame_of_the_input_size_keeps_its_values() {
    let frame = scene(size(97, 61), 2);
    let expected: Vec<f32> = frame
        .pixels()
        .as_chunks::<4>()
        .0
        .iter()
        .flat_map(|p| [p[0], p[1], p[2]])
        .map(|l| f32::from(l) / 255.0)
        .collect();
    assert!(max_difference(&guide(&frame, frame.size()), &expected) <= 1e-7);
}

#[test]
fn a_frame_of_a_camera_is_the_same_input_as_its_rgb() {
    let mut preprocess = cpu::Preprocess::default();
    let mut planes = Planes::default();
    for frame in [size(320, 180), size(97, 61), size(90, 161)].map(gradients) {
        for standard in [YuvStandard::Bt601, YuvStandard::Bt709, YuvStandard::Bt2020] {
            for full_range in [false, true] {
                let matrix = ColorMatrix::yuv(standard, full_range);
                Planes::from_image(&frame).convert(Sampling::Half, matrix, &mut planes);
                for input in [size(256, 144), size(40, 23), frame.size()] {
                    let found = preprocess.resize(&planes, input).unwrap();
                    let difference = max_difference(found, &guide(&frame, input));
                    let name = format!("{standard:?}, full range {full_range}, {} to {input}", frame.size());
                    assert!(difference <= 0.04, "{name}: {difference}");
                }
            }
        }
    }
}

#[test]
fn an_input_of_unusable_size_is_a_typed_error() {
    let resize = |input| cpu::Preprocess::default().resize(&Planes::default(), input).map(<[f32]>::len);
    assert!(matches!(resize(size(4, 0)), Err(EffectError::EmptySize { what: "model input", .. })));
    assert!(matches!(resize(size(1, Size::MAX_SIDE + 1)), Err(EffectError::SizeAboveLimit { .. })));
    assert_eq!(resize(size(5, 3)), Ok(45));
}

#[test]
fn unusable_arguments_are_typed_errors_on_gpu() {
    let gpu = gpu();
    let mut preprocess = Preprocess::new(&gpu.device);
    let frame = gpu.texture(&scene(size(8, 8), 1));
    let tensor = gpu.buffer(&[0.0; 47], 256);
    let mut encode = |frame: &wgpu::Texture, offset, input| {
        gpu.submit(|encoder| preprocess.encode(encoder, frame, &binding(&tensor, offset), input)).unwrap_err()
    };
    let what = "model input";
    assert_eq!(encode(&frame, 256, size(0, 4)), EffectError::EmptySize { what, size: size(0, 4) });
    assert_eq!(
        encode(&frame, 256, size(4, 4)),
        EffectError::BindingTooSmall { what, needed: 192, found: 188 }
    );
    assert!(matches!(encode(&frame, 4, size(1, 1)), EffectError::BindingOffset { offset: 4, .. }));
    assert!(matches!(encode(&frame, 1 << 40, size(1, 1)), EffectError::BindingTooSmall { found: 0, .. }));
    let huge = size(Size::MAX_SIDE + 1, 1);
    assert!(matches!(encode(&frame, 256, huge), EffectError::SizeAboveLimit { .. }));
    let unsampled = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: size(4, 4).extent(),
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    assert!(matches!(encode(&unsampled, 256, size(1, 1)), EffectError::TextureUsage { what: "frame", .. }));
}
