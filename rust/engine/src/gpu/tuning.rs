use std::time::Duration;

use cyclorama_segmentation::ops::Tiling;
use web_time::Instant;

use crate::{ComputeContext, EngineError};

/// Inferences between two waits for the GPU. In a browser a wait alone takes milliseconds.
const BATCH: u32 = 8;
/// Number of batches, of which the fastest counts.
const BATCHES: u32 = 3;
/// The longest compile time of the small tiles with which the medium ones are tested.
const COMPILE_TIMEOUT: Duration = Duration::from_millis(200);

/// Prepares an inference with the tiling that suits the adapter, and runs it once.
///
/// Software adapters use the large tiles, which were measured for them. On hardware the first model tests the small and the
/// medium ones, and all models on this device use the faster. With a slow compiler hardware keeps the small tiles: a late
/// start costs a call more than tiles gain.
pub(crate) async fn tune<P>(
    compute: &ComputeContext,
    prepare: impl AsyncFn() -> Result<P, EngineError>,
    infer: impl Fn(&P),
) -> Result<P, EngineError> {
    if let Some(tiling) = compute.tiling() {
        tiling.set(compute.tensors());
        let prepared = prepare().await?;
        run(compute, || infer(&prepared)).await?;
        return Ok(prepared);
    }
    let (tiling, prepared) = fastest(compute, prepare, infer).await?;
    compute.set_tiling(tiling);
    tiling.set(compute.tensors());
    Ok(prepared)
}

/// Waits until the GPU has completed `work`. Fails only for its errors: frames may run in the meantime.
async fn run(compute: &ComputeContext, work: impl FnOnce()) -> Result<(), EngineError> {
    let ((), errors) = compute.in_error_scope(work);
    compute.completed().await;
    // A lost device completes at once and fails here.
    errors.await
}

/// Returns the faster tiling, and the inference prepared with it.
async fn fastest<P>(
    compute: &ComputeContext,
    prepare: impl AsyncFn() -> Result<P, EngineError>,
    infer: impl Fn(&P),
) -> Result<(Tiling, P), EngineError> {
    let measure = async |tiling: Tiling| {
        tiling.set(compute.tensors());
        let start = Instant::now();
        let prepared = prepare().await?;
        run(compute, || infer(&prepared)).await?;
        let mut shortest = Duration::MAX;
        if start.elapsed() <= COMPILE_TIMEOUT {
            for _ in 0..BATCHES {
                let start = Instant::now();
                run(compute, || (0..BATCH).for_each(|_| infer(&prepared))).await?;
                shortest = shortest.min(start.elapsed());
            }
        }
        Ok::<_, EngineError>((shortest, prepared))
    };
    let (time, small) = measure(Tiling::Small).await?;
    if time < Duration::MAX {
        let (medium_time, medium) = measure(Tiling::Medium).await?;
        if medium_time < time {
            return Ok((Tiling::Medium, medium));
        }
    }
    Ok((Tiling::Small, small))
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
            // The first 25 inferences have small tiles.
            for (slow, expected) in [(1..=25, Tiling::Medium), (26..=50, Tiling::Small)] {
                current.set(0);
                let infer = |_: &Tiling| {
                    current.set(current.get() + 1);
                    if slow.contains(&current.get()) {
                        std::thread::sleep(std::time::Duration::from_millis(2));
                    }
                };
                let prepare = async || Ok(if current.get() == 0 { Tiling::Small } else { Tiling::Medium });
                assert_eq!(
                    fastest(&compute, prepare, infer).await.expect("nothing fails"),
                    (expected, expected)
                );
            }
        });
    }

    #[test]
    fn medium_tiles_are_not_tested_if_small_ones_compile_slowly_on_gpu() {
        pollster::block_on(async {
            let compute = compute().await;
            let runs = Cell::new(0);
            let prepare = async || {
                std::thread::sleep(COMPILE_TIMEOUT + std::time::Duration::from_millis(1));
                Ok(())
            };
            let (tiling, ()) =
                fastest(&compute, prepare, |()| runs.set(runs.get() + 1)).await.expect("nothing fails");
            assert_eq!((tiling, runs.get()), (Tiling::Small, 1));
        });
    }

    #[test]
    fn a_known_tiling_is_not_measured_again_on_gpu() {
        pollster::block_on(async {
            let compute = compute().await;
            compute.set_tiling(Tiling::Small);
            let runs = Cell::new(0);
            tune(&compute, async || Ok(()), |()| runs.set(runs.get() + 1)).await.expect("nothing fails");
            assert_eq!(runs.get(), 1);
        });
    }
}
