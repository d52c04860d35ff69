//! The state that the calls of an engine share while a frame's promise is pending.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use cyclorama_engine::effects::MattingOptions;
use cyclorama_engine::{ModelConfig, Segmenter};

use crate::backend::{Backend, BackgroundOf, ModelOf, Stages};
use crate::error::Error;

/// The stages, and what was set since the last frame.
pub(crate) struct Shared<B: Backend> {
    /// Taken by the call that uses it. Empty during that call and after `destroy`.
    pub(crate) stages: Cell<Option<B::Stages>>,
    pub(crate) destroyed: Cell<bool>,
    /// The background from the next frame on.
    pub(crate) next_background: RefCell<Option<BackgroundOf<B>>>,
    pub(crate) next_matting: Cell<Option<MattingOptions>>,
    pub(crate) next_model: Cell<Option<ModelOf<B>>>,
    /// The model of the next frame.
    pub(crate) model: Cell<ModelInfo>,
}

#[derive(Clone, Copy)]
pub(crate) struct ModelInfo {
    pub(crate) config: ModelConfig,
    pub(crate) has_half_weights: bool,
}

impl ModelInfo {
    pub(crate) fn of(segmenter: &Segmenter) -> Self {
        Self { config: *segmenter.config(), has_half_weights: segmenter.has_half_weights() }
    }
}

/// Exclusive use of the stages for one call. They are returned on drop, unless the engine was destroyed in the meantime.
pub(crate) struct StagesGuard<B: Backend> {
    stages: Option<B::Stages>,
    shared: Rc<Shared<B>>,
}

impl<B: Backend> StagesGuard<B> {
    /// Takes the stages, and applies the options that were set since the last call.
    pub(crate) fn take(shared: &Rc<Shared<B>>) -> Result<Self, Error> {
        let mut stages = shared.stages.take().ok_or(Error::Busy)?;
        if let Some(model) = shared.next_model.take() {
            stages.set_model(model);
        }
        if let Some(matting) = shared.next_matting.take() {
            stages.set_matting(matting);
        }
        let background = shared.next_background.take();
        let mut guard = Self { stages: Some(stages), shared: Rc::clone(shared) };
        if let Some((background, blending)) = background {
            guard.stages().set_background(background, blending)?;
        }
        Ok(guard)
    }

    pub(crate) fn stages(&mut self) -> &mut B::Stages {
        self.stages.as_mut().expect("a guard has its stages until it is dropped")
    }
}

impl<B: Backend> Drop for StagesGuard<B> {
    fn drop(&mut self) {
        if !self.shared.destroyed.get() {
            self.shared.stages.set(self.stages.take());
        }
    }
}
