//! Tests of when shaders and pipelines are compiled.

use std::sync::{Arc, Mutex};

use super::{FULLSCREEN, FullscreenPass, Shader};
use crate::testing::{TestDevice, binding, disc, plain, scene, size};
use crate::*;

const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
const MASK: Size = size(64, 36);

/// The number of render pipelines, compute pipelines and shader modules.
fn compiled(gpu: &TestDevice) -> [usize; 3] {
    let report = gpu.instance.generate_report().expect("a native instance");
    let hub = report.hub_report();
    [&hub.render_pipelines, &hub.compute_pipelines, &hub.shader_modules].map(|all| all.num_allocated)
}

/// Returns what the setters of a start compiled, and what its first frames compiled in addition.
fn start(background: &Background, blending: Blending, options: MattingOptions) -> [[usize; 3]; 2] {
    let gpu = &TestDevice::new();
    let extent = size(320, 180);
    let (frame, output) = (gpu.texture(&scene(extent, 1)), gpu.output(extent, FORMAT));
    let (probability, tensor) = (gpu.buffer(&disc(MASK), 0), gpu.buffer(&[0.0; 64 * 36 * 3], 0));
    let segmentation =
        Segmentation { guide: binding(&tensor, 0), probability: binding(&probability, 0), size: MASK };

    let mut preprocess = Preprocess::new(&gpu.device);
    let mut matting = Matting::new(&gpu.device, &gpu.queue);
    let mut compositor = Compositor::new(&gpu.device, &gpu.queue, FORMAT).unwrap();
    matting.set_options(options);
    compositor.set_blending(blending).unwrap();
    compositor.set_background(background).unwrap();
    let before = compiled(gpu);
    for _ in 0..2 {
        gpu.submit(|encoder| {
            preprocess.encode(&mut *encoder, &frame, &binding(&tensor, 0), MASK).unwrap();
            let since = Some(std::time::Duration::from_millis(33));
            let matte = matting.encode(&mut *encoder, &frame, &segmentation, since).unwrap();
            compositor.encode(encoder, &frame, &matte, &output).unwrap();
        });
    }
    let after = compiled(gpu);
    [before, std::array::from_fn(|i| after[i] - before[i])]
}

#[test]
fn a_start_compiles_only_what_its_frames_use_on_gpu() {
    let image = Background::Image { image: scene(size(50, 70), 8), layout: Fit::Cover.into() };
    let plain = Blending { match_brightness: false, ..Blending::default() };
    let matched = Blending { match_brightness: true, ..plain };
    for (name, background, blending, expected) in [
        ("blur", Background::Blur { radius: 14.0 }, plain, [4, 10, 6]),
        ("image", image.clone(), plain, [3, 10, 6]),
        ("image of the room's brightness", image, matched, [5, 10, 7]),
        ("color", Background::Color([1, 2, 3]), matched, [1, 10, 5]),
        ("transparent", Background::Transparent, matched, [1, 10, 5]),
    ] {
        let found = start(&background, blending, MattingOptions::default());
        assert_eq!(found, [expected, [0; 3]], "{name}: by the setters, and by the frames");
    }
}

#[test]
fn another_refinement_is_compiled_when_it_is_set_on_gpu() {
    for (refinement, expected) in [(Refinement::None, [1, 11, 5]), (Refinement::Bilateral, [1, 12, 6])] {
        let options = MattingOptions { refinement, temporal_smoothing: true };
        let found = start(&Background::Transparent, Blending::default(), options);
        assert_eq!(found, [expected, [0; 3]], "{refinement:?}: by the setters, and by the frames");
    }
}

#[test]
fn a_pipeline_that_fails_is_an_error_and_draws_nothing_on_gpu() {
    let gpu = &TestDevice::new();
    let errors = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&errors);
    gpu.device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
        record.lock().unwrap().push(error.to_string());
    }));
    let count = || errors.lock().unwrap().len();

    let broken = || FULLSCREEN.to_owned() + "@fragment fn white() -> @location(0) vec4<f32> { return 1; }";
    let pass = FullscreenPass::new(&Shader::new(&gpu.device, "broken", broken), "white", FORMAT);
    assert_eq!(count(), 0, "nothing is compiled yet");
    pass.compile();
    let compiled = count();
    assert!(compiled > 0, "the error is reported before a frame uses the pipeline");

    let output = gpu.output(size(4, 4), FORMAT);
    let resources = pass.bind(&[]);
    gpu.submit(|encoder| pass.draw(&mut encoder.into(), "broken", &output, &resources));
    assert!(count() > compiled, "the submission is rejected");
    assert_eq!(gpu.read_image(&output), plain(size(4, 4), [0; 4]));
}
