use super::cpu::composite;
use crate::testing::{Gpu, SIZES, assert_close, binding, disc, gpu, plain, scene, size};
use crate::{Background, Compositor, EffectError, Fit, Layout, Mask, Picture, Preprocess, Size};

const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
const MASK: Size = size(64, 36);

fn backgrounds() -> [Background; 8] {
    let image = |layout| Background::Image { picture: scene(size(50, 70), 8), layout };
    [
        Background::Blur { radius: 6.0 },
        Background::Blur { radius: 32.0 },
        image(Fit::Cover.into()),
        image(Fit::Contain.into()),
        image(Fit::Fill.into()),
        image(Layout { fit: Fit::Contain, position: [0.2, 0.9], mirror: true }),
        Background::Color([0, 90, 160]),
        Background::Transparent,
    ]
}

fn compositor() -> Compositor {
    let Gpu { device, queue } = gpu();
    Compositor::new(device, queue, FORMAT).unwrap()
}

fn on_gpu(compositor: &mut Compositor, frame: &Picture, probability: &[f32], mask: Size) -> Picture {
    let gpu = gpu();
    let output = gpu.output(frame.size(), FORMAT);
    let (frame, probability) = (gpu.texture(frame), gpu.buffer(probability, 512));
    let mask = Mask { probability: binding(&probability, 512), size: mask };
    gpu.submit(|encoder| compositor.encode(encoder, &frame, &mask, &output)).unwrap();
    gpu.read_picture(&output)
}

/// What the GPU writes, from the twin's straight alpha.
fn premultiplied(picture: &Picture) -> Picture {
    Picture::from_rows(picture.size(), |y, row| {
        for (pixel, [r, g, b, alpha]) in row.iter_mut().zip(picture.row(y)) {
            let multiply = |level: &u8| (f32::from(*level) * f32::from(*alpha) / 255.0).round() as u8;
            *pixel = [multiply(r), multiply(g), multiply(b), *alpha];
        }
    })
}

#[test]
fn gpu_agrees_with_the_twin() {
    let mut compositor = compositor();
    for background in &backgrounds() {
        compositor.set_background(background).unwrap();
        for frame in SIZES.map(|size| scene(size, 1)) {
            for mask in [MASK, size(300, 301), size(1, 1)] {
                let probability = disc(mask);
                let found = on_gpu(&mut compositor, &frame, &probability, mask);
                let expected = composite(&frame, &probability, mask, background).unwrap();
                let expected = match background {
                    Background::Transparent => premultiplied(&expected),
                    _ => expected,
                };
                let name = format!("composite {background:?} {} mask {mask}", frame.size());
                assert_close(&name, &found, &expected, 0.3, 2);
            }
        }
    }
}

#[test]
fn the_person_is_kept_and_the_background_changed() {
    let extent = size(640, 360);
    let frame = scene(extent, 2);
    let probability = disc(MASK);
    let mut compositor = compositor();
    for background in &backgrounds() {
        compositor.set_background(background).unwrap();
        let found = on_gpu(&mut compositor, &frame, &probability, MASK);
        let [mut kept, mut changed, mut outside] = [0, 0, 0];
        for y in 0..360 {
            for x in 0..640 {
                let distance = (x as f32 - 319.5).hypot(y as f32 - 179.5);
                let (before, after) = (frame.row(y)[x], found.row(y)[x]);
                let difference = (0..3).map(|c| before[c].abs_diff(after[c])).max();
                // The disc's radius is 126 pixels of the frame, its rim 40 wide.
                if distance < 100.0 {
                    assert!(difference <= Some(1), "{background:?} at {x}, {y}: {before:?} {after:?}");
                    kept += 1;
                } else if distance > 152.0 {
                    outside += 1;
                    changed += usize::from(difference > Some(2));
                }
            }
        }
        assert!(
            kept > 30_000 && changed * 10 > outside * 9,
            "{background:?}: {changed} of {outside} changed"
        );
    }
}

#[test]
fn a_mask_of_no_numbers_shows_only_the_background() {
    let extent = size(97, 61);
    let mut compositor = compositor();
    for (color, background) in
        [([0, 90, 160, 255], Background::Color([0, 90, 160])), ([0; 4], Background::Transparent)]
    {
        compositor.set_background(&background).unwrap();
        let found = on_gpu(&mut compositor, &scene(extent, 1), &[f32::NAN; 64 * 36], MASK);
        assert_eq!(found, plain(extent, color));
    }
}

#[test]
fn the_twin_gives_straight_alpha_and_nothing_under_none() {
    let frame = scene(size(97, 61), 1);
    let found = composite(&frame, &[1.0, 0.0], size(2, 1), &Background::Transparent).unwrap();
    for y in 0..61 {
        for (found, frame) in found.row(y).iter().zip(frame.row(y)) {
            let expected = if found[3] == 0 { [0; 3] } else { [frame[0], frame[1], frame[2]] };
            assert_eq!(found[..3], expected);
        }
        assert_eq!([found.row(y)[0][3], found.row(y)[48][3], found.row(y)[96][3]], [255, 128, 0]);
    }
}

#[test]
fn a_see_through_picture_shows_black() {
    let glass = plain(size(8, 8), [200, 100, 50, 128]);
    let background = Background::Image { picture: glass, layout: Fit::Fill.into() };
    let frame = scene(size(16, 9), 1);
    let expected = plain(frame.size(), [100, 50, 25, 255]);
    assert_eq!(composite(&frame, &[0.0], size(1, 1), &background).unwrap(), expected);
    let mut compositor = compositor();
    compositor.set_background(&background).unwrap();
    assert_eq!(on_gpu(&mut compositor, &frame, &[0.0], size(1, 1)), expected);
}

#[test]
fn a_steady_stream_of_frames_allocates_nothing() {
    // A device of its own: the other tests allocate on theirs at the same time.
    let gpu = Gpu::new();
    let allocated = || gpu.device.generate_allocator_report().expect("a report").total_allocated_bytes;
    let extent = size(320, 180);
    let (frame, output) = (gpu.texture(&scene(extent, 1)), gpu.output(extent, FORMAT));
    let (probability, tensor) = (gpu.buffer(&disc(MASK), 0), gpu.buffer(&[0.0; 64 * 36 * 3], 0));
    let mask = Mask { probability: binding(&probability, 0), size: MASK };
    let mut preprocess = Preprocess::new(&gpu.device);
    let mut compositor = Compositor::new(&gpu.device, &gpu.queue, FORMAT).unwrap();
    let unused = allocated();
    for background in &backgrounds() {
        compositor.set_background(background).unwrap();
        for number in 0..4 {
            let before = allocated();
            let encoder = &mut gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            preprocess.encode(encoder, &frame, &binding(&tensor, 0), MASK).unwrap();
            compositor.encode(encoder, &frame, &mask, &output).unwrap();
            compositor.encode_hidden(encoder, Some(&frame), &output).unwrap();
            assert!(number == 0 || allocated() == before, "{background:?}, frame {number}");
        }
    }
    // A video: the background's content changes with each frame, under another effect's textures.
    let video = gpu.texture(&scene(size(50, 70), 3));
    for number in 0..4 {
        let before = allocated();
        let encoder = &mut gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        compositor.set_background_texture(&video, Fit::Cover.into()).unwrap();
        compositor.encode(encoder, &frame, &mask, &output).unwrap();
        assert!(number == 0 || allocated() == before, "video, frame {number}");
    }
    assert!(allocated() > unused, "the report leaves out what the passes keep");
}

#[test]
fn outputs_may_be_bgra() {
    let Gpu { device, queue } = gpu();
    let mut compositor = Compositor::new(device, queue, wgpu::TextureFormat::Bgra8Unorm).unwrap();
    compositor.set_background(&Background::Color([1, 2, 3])).unwrap();
    let output = gpu().output(size(4, 4), wgpu::TextureFormat::Bgra8Unorm);
    let (frame, probability) = (gpu().texture(&scene(size(4, 4), 1)), gpu().buffer(&[0.0], 0));
    let mask = Mask { probability: binding(&probability, 0), size: size(1, 1) };
    gpu().submit(|encoder| compositor.encode(encoder, &frame, &mask, &output)).unwrap();
    assert_eq!(gpu().read_texture(&output), [3, 2, 1, 255].repeat(16));
}

#[test]
fn a_texture_may_be_the_background_and_change() {
    let frame = scene(size(97, 61), 1);
    let layouts = [Fit::Cover.into(), Layout { mirror: true, ..Fit::Contain.into() }];
    let [mut compositor, mut reference] = [compositor(), compositor()];
    let texture = gpu().texture(&scene(size(50, 70), 9));
    for layout in layouts {
        for picture in [9, 10].map(|seed| scene(size(50, 70), seed)) {
            gpu().write(&texture, &picture);
            compositor.set_background_texture(&texture, layout).unwrap();
            let found = on_gpu(&mut compositor, &frame, &disc(MASK), MASK);
            reference.set_background(&Background::Image { picture, layout }).unwrap();
            assert_eq!(found, on_gpu(&mut reference, &frame, &disc(MASK), MASK));
        }
    }
}

#[test]
fn what_cannot_be_shown_is_a_typed_error() {
    let Gpu { device, queue } = gpu();
    for format in [
        wgpu::TextureFormat::Rgba8UnormSrgb,
        wgpu::TextureFormat::Depth32Float,
        wgpu::TextureFormat::R8Uint,
        wgpu::TextureFormat::Bc1RgbaUnorm,
    ] {
        let error = Compositor::new(device, queue, format).err();
        assert_eq!(error, Some(EffectError::OutputFormat { format }));
    }

    let mut compositor = compositor();
    let radius = compositor.set_background(&Background::Blur { radius: 0.0 });
    assert_eq!(radius, Err(EffectError::Radius { radius: 0.0 }));
    let position = [f32::NAN, 0.5];
    let layout = Layout { position, ..Fit::Fill.into() };
    let texture = gpu().texture(&scene(size(4, 4), 1));
    let beside = compositor.set_background_texture(&texture, layout).unwrap_err();
    assert!(matches!(beside, EffectError::Position { .. }), "{beside}");
    let limit = device.limits().max_texture_dimension_2d;
    let wide = Background::Image { picture: plain(size(limit + 1, 1), [0; 4]), layout: Fit::Fill.into() };
    assert!(matches!(compositor.set_background(&wide), Err(EffectError::SizeAboveLimit { .. })));

    let (frame, probability) = (gpu().texture(&scene(size(8, 8), 1)), gpu().buffer(&[0.0; 4], 0));
    let mut encode = |mask: Size, output: Size, format| {
        let output = gpu().output(output, format);
        let mask = Mask { probability: binding(&probability, 0), size: mask };
        gpu().submit(|encoder| compositor.encode(encoder, &frame, &mask, &output)).unwrap_err()
    };
    let what = "person probability";
    assert_eq!(
        encode(size(5, 1), size(8, 8), FORMAT),
        EffectError::BindingTooSmall { what, needed: 20, found: 16 }
    );
    assert!(matches!(encode(size(2, 0), size(8, 8), FORMAT), EffectError::EmptySize { what: "mask", .. }));
    assert!(matches!(encode(size(2, 2), size(8, 9), FORMAT), EffectError::OutputSize { .. }));
    let bgra = wgpu::TextureFormat::Bgra8Unorm;
    assert!(matches!(encode(size(2, 2), size(8, 8), bgra), EffectError::OutputMismatch { .. }));
}
