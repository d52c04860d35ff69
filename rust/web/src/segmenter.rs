use std::rc::Rc;

use cyclorama_engine::{Backend, EngineError, Segmenter as Model};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::Error;

/// A segmentation model alone: values in, values out. Results are read back from the GPU.
#[wasm_bindgen]
pub struct Segmenter {
    model: Rc<Model>,
    backend: Backend,
}

#[wasm_bindgen]
impl Segmenter {
    /// Imports the bytes of a `.tflite` file for `"webgpu"`, in the module for that, or `"cpu"`.
    pub async fn create(
        model: Vec<u8>,
        #[wasm_bindgen(unchecked_param_type = "\"webgpu\" | \"cpu\"")] backend: String,
    ) -> Result<Segmenter, wasm_bindgen::JsValue> {
        Ok(Self::new(&model, &backend).await?)
    }

    /// Width of the model's input and mask, in pixels.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> u32 {
        self.model.size().width
    }

    /// Height of the model's input and mask, in pixels.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> u32 {
        self.model.size().height
    }

    /// Returns the probability of a person at each pixel, `height * width` values, for `height * width * 3` RGB values in
    /// [0, 1].
    pub async fn probability(&self, image: Vec<f32>) -> Result<Vec<f32>, wasm_bindgen::JsValue> {
        Ok(Rc::clone(&self.model).probability(image).await.map_err(Error::from)?)
    }

    /// Returns the output of the file's graph: logits of background and person in turn, or probabilities if the graph ends in
    /// a logistic function. BodyPix has logits of a person at every eighth pixel of every eighth row, DeepLabV3 the logits of
    /// 21 classes at each pixel.
    pub async fn raw(&self, image: Vec<f32>) -> Result<Vec<f32>, wasm_bindgen::JsValue> {
        Ok(Rc::clone(&self.model).raw(image).await.map_err(Error::from)?)
    }

    /// Measures the time of one inference in milliseconds: the mean over `count` consecutive inferences on one image until the
    /// last is completed, without upload and readback.
    pub async fn time(&self, image: Vec<f32>, count: u32) -> Result<f64, wasm_bindgen::JsValue> {
        let time = Rc::clone(&self.model).time(image, count).await.map_err(Error::from)?;
        Ok(time.as_secs_f64() * 1e3)
    }

    /// Releases the GPU device, if there is one. Later calls fail.
    pub fn destroy(&self) {
        destroy(&self.backend);
    }
}

impl Segmenter {
    async fn new(model: &[u8], backend: &str) -> Result<Self, Error> {
        let backend = match backend {
            "cpu" => Backend::Cpu,
            #[cfg(feature = "webgpu")]
            "webgpu" => Backend::Gpu(cyclorama_engine::ComputeContext::request().await?),
            other => {
                let message = format!("this module has no backend \"{other}\"");
                return Err(EngineError::Unsupported(message.into()).into());
            }
        };
        let model = Model::new(model, backend.clone()).await.inspect_err(|_| destroy(&backend))?;
        Ok(Self { model: Rc::new(model), backend })
    }
}

/// Releases the device of a backend, if it has one.
fn destroy(backend: &Backend) {
    match backend {
        #[cfg(feature = "webgpu")]
        Backend::Gpu(compute) => compute.destroy(),
        Backend::Cpu => {}
    }
}
