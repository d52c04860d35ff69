//! An inference of each model, from an image on the device to the probability: on one thread of the CPU, on the adapter with
//! the probability read back, and on one thread of XNNPACK.

use burn::tensor::{Device, Tensor, TensorData};
use criterion::{Criterion, criterion_group, criterion_main};
use cyclorama_bench::{MODELS, Xnnpack, model, noise, read_model};
use cyclorama_segmentation::ops::Tiling;
use cyclorama_segmentation::{SegmentationModel, import};

fn load(name: &str, device: &Device) -> (SegmentationModel, Tensor<4>) {
    let model = import(&read_model(name), device).unwrap_or_else(|error| panic!("{name}: {error}"));
    let [height, width] = model.config().input;
    let image = TensorData::new(noise(height * width * 3), [1, height, width, 3]);
    (model, Tensor::from_data(image, device))
}

#[expect(clippy::print_stdout, reason = "a benchmark prints what it skips")]
fn models(criterion: &mut Criterion) {
    let adapter = Device::wgpu_options().init();
    if let Err(error) = &adapter {
        println!("without wgpu: {error:?}");
    }
    for name in MODELS {
        let mut group = criterion.benchmark_group(name);
        let (cpu, image) = load(name, &Device::flex());
        group.bench_function("flex", |bencher| bencher.iter(|| cpu.forward(image.clone())));
        if let Ok(adapter) = &adapter {
            let (gpu, image) = load(name, adapter);
            group.sample_size(20);
            for (id, tiling) in [("wgpu, small tiles", Tiling::Small), ("wgpu, large tiles", Tiling::Large)] {
                tiling.set(adapter);
                group.bench_function(id, |bencher| bencher.iter(|| gpu.forward(image.clone()).into_data()));
            }
            group.sample_size(100);
        }
        match Xnnpack::start(&model(name)) {
            Ok(mut peer) => {
                group.bench_function("xnnpack", |bencher| bencher.iter_custom(|times| peer.time(times)));
            }
            Err(reason) => println!("{name} without XNNPACK: {reason}"),
        }
        group.finish();
    }
}

criterion_group!(benches, models);
criterion_main!(benches);
