use super::cpu::composite;
use crate::matte::cpu::Matte;
use crate::planes::Planes;
use crate::testing::{SIZES, TestDevice, assert_close, binding, disc, gpu, guide, matte, plain, scene, size};
use crate::{
    Background, Blending, Compositor, EffectError, Fit, Image, Layout, Matting, MattingOptions, Preprocess,
    Refinement, Segmentation, Size, matting,
};

const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
const MASK: Size = size(64, 36);

fn backgrounds() -> [Background; 8] {
    let image = |layout| Background::Image { image: scene(size(50, 70), 8), layout };
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
    let TestDevice { device, queue, .. } = gpu();
    Compositor::new(device, queue, FORMAT).unwrap()
}

fn on_gpu(compositor: &mut Compositor, frame: &Image, matte: &Matte) -> Image {
    let gpu = gpu();
    let output = gpu.output(frame.size(), FORMAT);
    let (frame, matte) = (gpu.texture(frame), gpu.matte(matte));
    gpu.submit(|encoder| compositor.encode(encoder, &frame, &matte, &output)).unwrap();
    gpu.read_image(&output)
}

/// Makes a room of one color and a person of another with a straight edge `softness` pixels wide.
fn halves(extent: Size, [person, room]: [[u8; 3]; 2], softness: f32) -> (Image, Vec<f32>) {
    let alpha = |x: usize| ((extent.width as f32 / 2.0 - x as f32 - 0.5) / softness + 0.5).clamp(0.0, 1.0);
    let frame = Image::from_rows(extent, |_, row| {
        for (x, pixel) in row.iter_mut().enumerate() {
            let mix = |c: usize| f32::from(room[c]) + (f32::from(person[c]) - f32::from(room[c])) * alpha(x);
            *pixel = [mix(0), mix(1), mix(2), 255.0].map(|level| level.round() as u8);
        }
    });
    let row: Vec<f32> = (0..extent.width as usize).map(alpha).collect();
    (frame, row.repeat(extent.height as usize))
}

/// Converts the twin's straight alpha to the premultiplied alpha of the GPU.
fn premultiplied(image: &Image) -> Image {
    Image::from_rows(image.size(), |y, row| {
        for (pixel, [r, g, b, alpha]) in row.iter_mut().zip(image.row(y)) {
            let multiply = |level: &u8| (f32::from(*level) * f32::from(*alpha) / 255.0).round() as u8;
            *pixel = [multiply(r), multiply(g), multiply(b), *alpha];
        }
    })
}

#[test]
fn agrees_with_the_twin_on_gpu() {
    let mut compositor = compositor();
    let frames = SIZES.map(|size| scene(size, 1));
    let mattes: Vec<_> = frames
        .iter()
        .flat_map(|frame| [MASK, size(300, 301), size(1, 1)].map(|mask| (frame, mask)))
        .map(|(frame, mask)| (frame, mask, matte(frame, &disc(mask), mask, Refinement::Guided)))
        .collect();
    for (number, background) in backgrounds().iter().enumerate() {
        compositor.set_background(background).unwrap();
        let blending = Blending { light_wrap: 0.5, match_brightness: number % 2 == 0 };
        compositor.set_blending(blending).unwrap();
        for (frame, mask, matte) in &mattes {
            let found = on_gpu(&mut compositor, frame, matte);
            let expected = composite(frame, matte, background, blending).unwrap();
            let expected = match background {
                Background::Transparent => premultiplied(&expected),
                _ => expected,
            };
            let name = format!("composite {background:?} {} mask {mask}", frame.size());
            let (mean, max) = match background {
                // The root at the blur's end amplifies rounding in dark areas.
                Background::Blur { .. } => (0.3, 3),
                // The gain amplifies the rounding of the image's pixels.
                Background::Image { .. } if blending.match_brightness => (0.5, 3),
                _ => (0.3, 2),
            };
            assert_close(&name, &found, &expected, mean, max);
        }
    }
}

#[test]
fn a_mask_of_the_caller_replaces_the_mask_of_the_model_on_gpu() {
    let extent = size(64, 36);
    let alpha = |x: usize| if x < 32 { 255 } else { 0 };
    let probability = Image::from_rows(extent, |_, row| {
        for (x, pixel) in row.iter_mut().enumerate() {
            *pixel = [0, 0, 0, alpha(x)];
        }
    });
    let (gpu, frame, mut compositor) = (gpu(), scene(extent, 3), compositor());
    compositor.set_background(&Background::Transparent).unwrap();
    let matte = gpu.matte(&matte(&frame, &disc(MASK), MASK, Refinement::Guided));
    let matte = matte.with_probability(&gpu.texture(&probability)).unwrap();
    let output = gpu.output(extent, FORMAT);
    let frame = gpu.texture(&frame);
    gpu.submit(|encoder| compositor.encode(encoder, &frame, &matte, &output)).unwrap();
    let found = gpu.read_image(&output);
    for y in 0..36 {
        for (x, pixel) in found.row(y).iter().enumerate() {
            assert_eq!(pixel[3], alpha(x), "at {x}, {y}");
        }
    }
}

#[test]
fn the_person_is_kept_and_the_background_replaced_on_gpu() {
    let extent = size(640, 360);
    let frame = scene(extent, 2);
    let probability = disc(MASK);
    let mut compositor = compositor();
    compositor.set_blending(Blending { light_wrap: 0.0, match_brightness: false }).unwrap();
    for background in &backgrounds() {
        compositor.set_background(background).unwrap();
        let found = on_gpu(&mut compositor, &frame, &matte(&frame, &probability, MASK, Refinement::None));
        let [mut kept, mut changed, mut outside] = [0, 0, 0];
        for y in 0..360 {
            for x in 0..640 {
                let distance = (x as f32 - 319.5).hypot(y as f32 - 179.5);
                let (before, after) = (frame.row(y)[x], found.row(y)[x]);
                let difference = (0..3).map(|c| before[c].abs_diff(after[c])).max();
                // The disc's radius is 126 pixels of the frame, its edge 40 wide.
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
fn a_rejected_mask_shows_only_the_background_on_gpu() {
    let extent = size(97, 61);
    let mut compositor = compositor();
    for (color, background) in
        [([0, 90, 160, 255], Background::Color([0, 90, 160])), ([0; 4], Background::Transparent)]
    {
        compositor.set_background(&background).unwrap();
        let frame = scene(extent, 1);
        let guide = guide(&frame, MASK);
        for refinement in [Refinement::None, Refinement::Guided, Refinement::Bilateral] {
            for value in [f32::NAN, 0.5, 1.0] {
                let mut matting = matting::cpu::Matting::default();
                matting.set_options(MattingOptions { refinement, temporal_smoothing: false });
                let mut matte = Matte::default();
                matting
                    .next(&Planes::from_image(&frame), &guide, &[value; 64 * 36], MASK, None, &mut matte)
                    .unwrap();
                let shown = on_gpu(&mut compositor, &frame, &matte);
                assert_eq!(shown, plain(extent, color), "{value}, {refinement:?}");
            }
        }
    }
}

#[test]
fn the_twin_has_straight_alpha_and_no_color_under_zero_alpha() {
    let frame = scene(size(97, 61), 1);
    let matte = matte(&frame, &[1.0, 0.0], size(2, 1), Refinement::None);
    let found = composite(&frame, &matte, &Background::Transparent, Blending::default()).unwrap();
    for y in 0..61 {
        for (found, frame) in found.row(y).iter().zip(frame.row(y)) {
            match found[3] {
                0 => assert_eq!(*found, [0; 4]),
                u8::MAX => assert_eq!(found, frame),
                _ => {}
            }
        }
        // The middle of the step lies above one half.
        assert_eq!([found.row(y)[0][3], found.row(y)[46][3], found.row(y)[96][3]], [255, 123, 0]);
    }
}

/// Asserts that a transparent image shows black.
#[track_caller]
fn assert_shows_black(composite: impl FnOnce(&Image, &Matte, &Background) -> Image) {
    let glass = plain(size(8, 8), [200, 100, 50, 128]);
    let background = Background::Image { image: glass, layout: Fit::Fill.into() };
    let frame = scene(size(16, 9), 1);
    let matte = matte(&frame, &[0.0], size(1, 1), Refinement::None);
    assert_eq!(composite(&frame, &matte, &background), plain(frame.size(), [100, 50, 25, 255]));
}

#[test]
fn a_transparent_image_shows_black() {
    assert_shows_black(|frame, matte, background| {
        composite(frame, matte, background, Blending::default()).unwrap()
    });
}

#[test]
fn a_transparent_image_shows_black_on_gpu() {
    assert_shows_black(|frame, matte, background| {
        let mut compositor = compositor();
        compositor.set_background(background).unwrap();
        on_gpu(&mut compositor, frame, matte)
    });
}

#[test]
fn a_stream_of_frames_of_one_size_allocates_nothing_on_gpu() {
    // Other tests allocate on the shared device at the same time.
    let gpu = TestDevice::new();
    let allocated = || gpu.device.generate_allocator_report().expect("a report").total_allocated_bytes;
    let extent = size(320, 180);
    let (frame, output) = (gpu.texture(&scene(extent, 1)), gpu.output(extent, FORMAT));
    let (probability, tensor) = (gpu.buffer(&disc(MASK), 0), gpu.buffer(&[0.0; 64 * 36 * 3], 0));
    let segmentation =
        Segmentation { guide: binding(&tensor, 0), probability: binding(&probability, 0), size: MASK };
    let since = Some(std::time::Duration::from_millis(33));
    let mut preprocess = Preprocess::new(&gpu.device);
    let mut matting = Matting::new(&gpu.device, &gpu.queue);
    let mut compositor = Compositor::new(&gpu.device, &gpu.queue, FORMAT).unwrap();
    let unused = allocated();
    for background in &backgrounds() {
        compositor.set_background(background).unwrap();
        compositor.set_blending(Blending { light_wrap: 0.5, match_brightness: true }).unwrap();
        for number in 0..4 {
            let before = allocated();
            gpu.submit(|encoder| {
                preprocess.encode(&mut *encoder, &frame, &binding(&tensor, 0), MASK).unwrap();
                let matte = matting.encode(&mut *encoder, &frame, &segmentation, since).unwrap();
                compositor.encode(&mut *encoder, &frame, &matte, &output).unwrap();
                compositor.encode_hidden(&mut *encoder, Some(&frame), &output).unwrap();
            });
            // The staging buffers of the queue are freed when the frame is done.
            gpu.device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
            assert!(number == 0 || allocated() == before, "{background:?}, frame {number}");
        }
    }
    // A video: the background's content changes with each frame.
    let video = gpu.texture(&scene(size(50, 70), 3));
    for number in 0..4 {
        let before = allocated();
        compositor.set_background_texture(&video, Fit::Cover.into()).unwrap();
        gpu.submit(|encoder| {
            let matte = matting.encode(&mut *encoder, &frame, &segmentation, since).unwrap();
            compositor.encode(&mut *encoder, &frame, &matte, &output).unwrap();
        });
        gpu.device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
        assert!(number == 0 || allocated() == before, "video, frame {number}");
    }
    assert!(allocated() > unused, "the report has no memory of the passes");
}

#[test]
fn outputs_may_be_bgra_on_gpu() {
    let TestDevice { device, queue, .. } = gpu();
    let mut compositor = Compositor::new(device, queue, wgpu::TextureFormat::Bgra8Unorm).unwrap();
    compositor.set_background(&Background::Color([1, 2, 3])).unwrap();
    let output = gpu().output(size(4, 4), wgpu::TextureFormat::Bgra8Unorm);
    let frame = scene(size(4, 4), 1);
    let matte = gpu().matte(&matte(&frame, &[0.0], size(1, 1), Refinement::None));
    let frame = gpu().texture(&frame);
    gpu().submit(|encoder| compositor.encode(encoder, &frame, &matte, &output)).unwrap();
    assert_eq!(gpu().read_texture(&output), [3, 2, 1, 255].repeat(16));
}

#[test]
fn a_texture_may_be_the_background_and_change_on_gpu() {
    let frame = scene(size(97, 61), 1);
    let matte = matte(&frame, &disc(MASK), MASK, Refinement::Guided);
    let layouts = [Fit::Cover.into(), Layout { mirror: true, ..Fit::Contain.into() }];
    let [mut compositor, mut reference] = [compositor(), compositor()];
    let texture = gpu().texture(&scene(size(50, 70), 9));
    for layout in layouts {
        for image in [9, 10].map(|seed| scene(size(50, 70), seed)) {
            gpu().write(&texture, &image);
            compositor.set_background_texture(&texture, layout).unwrap();
            let found = on_gpu(&mut compositor, &frame, &matte);
            reference.set_background(&Background::Image { image, layout }).unwrap();
            assert_eq!(found, on_gpu(&mut reference, &frame, &matte));
        }
    }
}

#[test]
fn unusable_arguments_are_typed_errors_on_gpu() {
    let TestDevice { device, queue, .. } = gpu();
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
    assert_eq!(radius, Err(EffectError::Radius { radius: 0.0, limit: Background::MAX_RADIUS }));
    let position = [f32::NAN, 0.5];
    let layout = Layout { position, ..Fit::Fill.into() };
    let texture = gpu().texture(&scene(size(4, 4), 1));
    let outside = compositor.set_background_texture(&texture, layout).unwrap_err();
    assert!(matches!(outside, EffectError::Position { .. }), "{outside}");
    let limit = device.limits().max_texture_dimension_2d;
    let wide = Background::Image { image: plain(size(limit + 1, 1), [0; 4]), layout: Fit::Fill.into() };
    assert!(matches!(compositor.set_background(&wide), Err(EffectError::SizeAboveLimit { .. })));

    let wrap = compositor.set_blending(Blending { light_wrap: 1.5, match_brightness: false });
    assert_eq!(wrap, Err(EffectError::LightWrap { strength: 1.5 }));

    let frame = scene(size(8, 8), 1);
    let matte = gpu().matte(&matte(&frame, &[0.0], size(1, 1), Refinement::None));
    let frame = gpu().texture(&frame);
    let mut encode = |output: Size, format| {
        let output = gpu().output(output, format);
        gpu().submit(|encoder| compositor.encode(encoder, &frame, &matte, &output)).unwrap_err()
    };
    assert!(matches!(encode(size(8, 9), FORMAT), EffectError::OutputSize { .. }));
    let bgra = wgpu::TextureFormat::Bgra8Unorm;
    assert!(matches!(encode(size(8, 8), bgra), EffectError::OutputMismatch { .. }));
}

#[test]
fn the_old_background_does_not_shine_through_a_soft_edge() {
    let extent = size(160, 90);
    let (frame, probability) = halves(extent, [[120, 110, 100], [20, 220, 40]], 4.0);
    // The exact alpha, so that only the color estimate can leave something of the room.
    let matte = matte(&frame, &probability, extent, Refinement::None);
    let black = Background::Color([0; 3]);
    let blending = Blending { light_wrap: 0.0, match_brightness: false };
    let shown = composite(&frame, &matte, &black, blending).unwrap();
    let alpha = composite(&frame, &matte, &Background::Transparent, blending).unwrap();
    let greener = |[red, green, ..]: [u8; 4]| f32::from(green) - f32::from(red);
    let greenest = |greens: &mut dyn Iterator<Item = f32>| greens.fold(0.0, f32::max);
    let restored = greenest(&mut shown.row(45).iter().map(|pixel| greener(*pixel)));
    let weighed = frame.row(45).iter().zip(alpha.row(45));
    let unrestored =
        greenest(&mut weighed.map(|(pixel, [.., alpha])| greener(*pixel) * f32::from(*alpha) / 255.0));
    assert!(unrestored > 40.0 && restored < unrestored / 2.5, "{restored} of {unrestored}");
}

#[test]
fn light_wrap_changes_only_the_edge_of_the_person() {
    let extent = size(160, 90);
    let (frame, probability) = halves(extent, [[60, 60, 60], [200, 200, 200]], 1.0);
    let matte = matte(&frame, &probability, extent, Refinement::None);
    let shown = |light_wrap| {
        let blending = Blending { light_wrap, match_brightness: false };
        composite(&frame, &matte, &Background::Color([250, 0, 0]), blending).unwrap()
    };
    let (without, with) = (shown(0.0), shown(0.5));
    let gained = |x: usize| i32::from(with.row(45)[x][0]) - i32::from(without.row(45)[x][0]);
    assert!(gained(76) > 40 && gained(76) > gained(73), "{} {}", gained(76), gained(73));
    assert_eq!(with.row(45)[76][1], without.row(45)[76][1], "red light only reddens");
    assert_eq!(with.row(45)[..70], without.row(45)[..70], "no light further inside");
    assert_eq!(with.row(45)[90..], without.row(45)[90..], "the background does not change");
}

#[test]
fn an_image_gets_the_brightness_of_the_room() {
    let extent = size(160, 90);
    let (frame, probability) = halves(extent, [[40, 40, 40], [40, 40, 40]], 1.0);
    let matte = matte(&frame, &probability, extent, Refinement::None);
    let bright = Background::Image { image: plain(size(4, 4), [60, 60, 60, 255]), layout: Fit::Fill.into() };
    let blending = Blending { light_wrap: 0.0, match_brightness: true };
    let shown = composite(&frame, &matte, &bright, blending).unwrap();
    assert!(shown.row(45)[150][0].abs_diff(40) <= 1, "{:?}", shown.row(45)[150]);
}
