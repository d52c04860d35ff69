use super::cpu::hide;
use crate::testing::{SIZES, assert_close, gpu, plain, scene, size};
use crate::{Background, Compositor, Fit, Image, Layout, Size};

const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

fn on_gpu(compositor: &mut Compositor, frame: Option<&Image>, output: Size) -> Image {
    let gpu = gpu();
    let frame = frame.map(|frame| gpu.texture(frame));
    let output = gpu.output(output, FORMAT);
    gpu.submit(|encoder| compositor.encode_hidden(encoder, frame.as_ref(), &output)).unwrap();
    gpu.read_image(&output)
}

#[test]
fn agrees_with_the_twin_on_gpu() {
    let mut compositor = Compositor::new(&gpu().device, &gpu().queue, FORMAT).unwrap();
    let backgrounds = [
        Background::Blur { radius: 14.0 },
        Background::Image {
            image: scene(size(50, 70), 8),
            layout: Layout { mirror: true, ..Fit::Contain.into() },
        },
        Background::Color([250, 130, 5]),
        Background::Transparent,
    ];
    for background in &backgrounds {
        compositor.set_background(background).unwrap();
        for frame in SIZES.map(|size| scene(size, 6)) {
            for output in [frame.size(), size(161, 90)] {
                for frame in [Some(&frame), None] {
                    let name = format!("hide {background:?} {:?} {output}", frame.map(Image::size));
                    let expected = hide(frame, output, background).unwrap();
                    assert_close(&name, &on_gpu(&mut compositor, frame, output), &expected, 0.5, 2);
                }
            }
        }
    }
}

#[test]
fn a_placeholder_frame_has_no_detail() {
    let extent = size(640, 360);
    let blur = Background::Blur { radius: 1.0 };
    let shown = |frame: &Image| hide(Some(frame), extent, &blur).unwrap();
    // Stripes as wide as the letters of a sign that fills the frame, and the gray of their mean.
    let stripes = Image::from_rows(extent, |_, row| {
        for (x, pixel) in row.iter_mut().enumerate() {
            *pixel = if x / 8 % 2 == 0 { [255; 4] } else { [0, 0, 0, 255] };
        }
    });
    let gray = plain(extent, [128, 128, 128, 255]);
    assert_close("hide stripes", &shown(&stripes), &shown(&gray), 4.0, 24);
    // A step from black to white spans more than a tenth of the image.
    let halves = Image::from_rows(extent, |_, row| {
        row.fill([0, 0, 0, 255]);
        row[320..].fill([255; 4]);
    });
    let found = shown(&halves);
    let soft = found.row(180).iter().filter(|pixel| (26..230).contains(&pixel[0])).count();
    assert!(soft > 64, "{soft}");
}

#[test]
fn other_backgrounds_are_shown_without_the_frame() {
    let extent = size(64, 36);
    for background in [
        Background::Image { image: scene(size(50, 70), 8), layout: Fit::Cover.into() },
        Background::Color([1, 2, 3]),
        Background::Transparent,
    ] {
        let [first, second] =
            [1, 2].map(|seed| hide(Some(&scene(extent, seed)), extent, &background).unwrap());
        assert_eq!(first, second, "{background:?}");
    }
}
