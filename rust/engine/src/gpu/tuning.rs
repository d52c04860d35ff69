use std::time::Duration;

use cyclorama_segmentation::ops::Tiling;
use web_time::Instant;

use crate::{ComputeContext, EngineError};

/// Inferences between two waits for the GPU. In a browser a wait alone takes milliseconds.
const BATCH: u32 = 8;
/// Number of batches, of which the fastest counts.
const BATCHES: u32 = 3;
/// The longest compile time of the small tiles with which the large ones are tested, which take several times as long.
const COMPILE_TIMEOUT: Duration = Duration::from_millis(200);

/// Runs `infer` until its pipelines are compiled and its buffers exist, with the tiling that suits the adapter.
///
/// Software adapters use the large tiles, which were measured for them. On hardware the first model tests both, and all
/// models on this device use the faster one. With a slow compiler hardware keeps the small tiles: a late start costs a call
/// more than tiles gain.
pub(crate) async fn tune(
    compute: &ComputeContext,
    infer: impl Fn() -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    if let Some(tiling) = compute.tiling() {
        tiling.set(compute.tensors());
        run(compute, &infer, 1).await
    } else {
        compute.set_tiling(fastest(compute, &infer).await?);
        Ok(())
    }
}

/// Waits until the GPU has completed `count` inferences. Fails only for their errors: frames may run in the meantime.
async fn run(
    compute: &ComputeContext,
    infer: &impl Fn() -> Result<(), EngineError>,
    count: u32,
) -> Result<(), EngineError> {
    let (submitted, errors) = compute.in_error_scope(|| (0..count).try_for_each(|_| infer()));
    submitted?;
    compute.completed().await;
    // A lost device completes at once and fails here.
    errors.await
}

async fn fastest(
    compute: &ComputeContext,
    infer: &impl Fn() -> Result<(), EngineError>,
) -> Result<Tiling, EngineError> {
    let mut best = (Duration::MAX, Tiling::default());
    for tiling in [Tiling::Small, Tiling::Large] {
        tiling.set(compute.tensors());
        let start = Instant::now();
        run(compute, infer, 1).await?;
        if start.elapsed() > COMPILE_TIMEOUT {
            break;
        }
        for _ in 0..BATCHES {
            let start = Instant::now();
            run(compute, infer, BATCH).await?;
            let time = start.elapsed();
            if time < best.0 {
                best = (time, tiling);
            }
        }
    }
    best.1.set(compute.tensors());
    Ok(best.1)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use cyclorama_segmentation::ops::Tiling;

    use super::{COMPILE_TIMEOUT, fastest, tune};
    use crate::ComputeContext;

    async fn compute() -> ComputeContext {
        cyclorama_testing::needs_gpu();
        ComputeContext::request().await.expect("an adapter")
    }

    #[test]
    fn the_faster_tiling_is_found_on_gpu() {
        pollster::block_on(async {
            let compute = compute().await;
            let current = Cell::new(0);
            // The first batches run with small tiles: `infer` is slow for those, then for the others.
            for (slow, expected) in [(1..=25, Tiling::Large), (26..=50, Tiling::Small)] {
                current.set(0);
                let infer = || {
                    current.set(current.get() + 1);
                    if slow.contains(&current.get()) {
                        std::thread::sleep(std::time::Duration::from_millis(2));
                    }
                    Ok(())
                };
                assert_eq!(fastest(&compute, &infer).await.expect("nothing fails"), expected);
            }
        });
    }

    #[test]
    fn large_tiles_are_not_tested_if_small_ones_compile_slowly_on_gpu() {
        pollster::block_on(async {
            let compute = compute().await;
            let runs = Cell::new(0);
            let infer = || {
                runs.set(runs.get() + 1);
                std::thread::sleep(COMPILE_TIMEOUT + std::time::Duration::from_millis(1));
                Ok(())
            };
            assert_eq!(fastest(&compute, &infer).await.expect("nothing fails"), Tiling::Small);
            assert_eq!(runs.get(), 1);
        });
    }

    #[test]
    fn a_known_tiling_is_not_measured_again_on_gpu() {
        pollster::block_on(async {
            let compute = compute().await;
            compute.set_tiling(Tiling::Small);
            let runs = Cell::new(0);
            let infer = || {
                runs.set(runs.get() + 1);
                Ok(())
            };
            tune(&compute, infer).await.expect("nothing fails");
            assert_eq!(runs.get(), 1);
        });
    }
}
