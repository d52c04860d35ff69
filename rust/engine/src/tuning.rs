use std::time::Duration;

use cyclorama_segmentation::ops::Tiling;
use web_time::Instant;

use crate::{EngineError, Gpu};

/// Inferences between two waits for the GPU: a wait in a browser takes milliseconds by itself.
const BATCH: u32 = 8;
/// Batches of which the quickest counts.
const BATCHES: u32 = 3;
/// How long the small tiles may take to compile for the large ones, which take several times as long, to be tried.
const PATIENCE: Duration = Duration::from_millis(200);

/// Runs `infer` until its pipelines are compiled and its buffers exist, with the tiling that suits the adapter.
///
/// Software adapters have the large tiles, which were measured for them. For hardware, where no such general answer
/// exists, both are tried the first time, and the quicker one stays for all networks on this device. Where its compiler is
/// slow, hardware keeps the small ones: a call that starts late loses more than tiles gain.
pub(crate) async fn tune(gpu: &Gpu, infer: impl Fn() -> Result<(), EngineError>) -> Result<(), EngineError> {
    if let Some(tiling) = gpu.tiling() {
        tiling.set(gpu.tensors());
        run(gpu, &infer, 1).await
    } else {
        gpu.set_tiling(quickest(gpu, &infer).await?);
        Ok(())
    }
}

/// Waits until the GPU has completed `count` inferences, and fails for its errors in them alone: frames may be processed
/// meanwhile.
async fn run(gpu: &Gpu, infer: &impl Fn() -> Result<(), EngineError>, count: u32) -> Result<(), EngineError> {
    let (submitted, errors) = gpu.in_error_scope(|| (0..count).try_for_each(|_| infer()));
    submitted?;
    gpu.completed().await;
    // A lost device completes at once, and fails here.
    errors.await
}

async fn quickest(gpu: &Gpu, infer: &impl Fn() -> Result<(), EngineError>) -> Result<Tiling, EngineError> {
    let mut best = (Duration::MAX, Tiling::default());
    for tiling in [Tiling::Small, Tiling::Large] {
        tiling.set(gpu.tensors());
        let start = Instant::now();
        run(gpu, infer, 1).await?;
        if start.elapsed() > PATIENCE {
            break;
        }
        for _ in 0..BATCHES {
            let start = Instant::now();
            run(gpu, infer, BATCH).await?;
            let time = start.elapsed();
            if time < best.0 {
                best = (time, tiling);
            }
        }
    }
    best.1.set(gpu.tensors());
    Ok(best.1)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use cyclorama_segmentation::ops::Tiling;

    use super::{PATIENCE, quickest, tune};
    use crate::Gpu;

    async fn gpu() -> Gpu {
        cyclorama_testing::needs_gpu();
        Gpu::request().await.expect("an adapter")
    }

    #[test]
    fn the_quicker_tiling_is_found_and_kept_on_gpu() {
        pollster::block_on(async {
            let gpu = gpu().await;
            let current = Cell::new(0);
            // The first batches run with small tiles: `infer` is made slow for those, then for the others.
            for (slow, expected) in [(1..=25, Tiling::Large), (26..=50, Tiling::Small)] {
                current.set(0);
                let infer = || {
                    current.set(current.get() + 1);
                    if slow.contains(&current.get()) {
                        std::thread::sleep(std::time::Duration::from_millis(2));
                    }
                    Ok(())
                };
                assert_eq!(quickest(&gpu, &infer).await.expect("nothing fails"), expected);
            }
        });
    }

    #[test]
    fn large_tiles_are_not_tried_where_small_ones_compile_slowly_on_gpu() {
        pollster::block_on(async {
            let gpu = gpu().await;
            let runs = Cell::new(0);
            let infer = || {
                runs.set(runs.get() + 1);
                std::thread::sleep(PATIENCE + std::time::Duration::from_millis(1));
                Ok(())
            };
            assert_eq!(quickest(&gpu, &infer).await.expect("nothing fails"), Tiling::Small);
            assert_eq!(runs.get(), 1);
        });
    }

    #[test]
    fn a_known_tiling_is_not_measured_again_on_gpu() {
        pollster::block_on(async {
            let gpu = gpu().await;
            gpu.set_tiling(Tiling::Small);
            let runs = Cell::new(0);
            let infer = || {
                runs.set(runs.get() + 1);
                Ok(())
            };
            tune(&gpu, infer).await.expect("nothing fails");
            assert_eq!(runs.get(), 1);
        });
    }
}
