use std::rc::Rc;

use cyclorama_engine::{Backend, EngineError, Segmenter as Network};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::backend::Device;
use crate::error::Error;

/// A segmentation network alone: values in, values out. Results are read back from the GPU.
#[wasm_bindgen]
pub struct Segmenter {
    network: Rc<Network>,
    device: Option<Device>,
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

    /// Width of the network's picture and mask, in pixels.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> u32 {
        self.network.size().width
    }

    /// Height of the network's picture and mask, in pixels.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> u32 {
        self.network.size().height
    }

    /// The probability of a person at each pixel, `height * width` values, for `height * width * 3` RGB values in
    /// [0, 1].
    pub async fn probability(&self, picture: Vec<f32>) -> Result<Vec<f32>, wasm_bindgen::JsValue> {
        Ok(Rc::clone(&self.network).probability(picture).await.map_err(Error::from)?)
    }

    /// The output of the file's own graph for the same input: logits of background and person in turn, or
    /// probabilities where the graph ends in a logistic function; of BodyPix logits of a person at every eighth pixel of
    /// every eighth row, of DeepLabV3 the logits of 21 classes at each pixel.
    pub async fn raw(&self, picture: Vec<f32>) -> Result<Vec<f32>, wasm_bindgen::JsValue> {
        Ok(Rc::clone(&self.network).raw(picture).await.map_err(Error::from)?)
    }

    /// Milliseconds that one inference takes: the mean over `count` in a row on one picture, without upload and readback,
    /// until the last is completed.
    pub async fn time(&self, picture: Vec<f32>, count: u32) -> Result<f64, wasm_bindgen::JsValue> {
        let time = Rc::clone(&self.network).time(picture, count).await.map_err(Error::from)?;
        Ok(time.as_secs_f64() * 1e3)
    }

    /// Gives the GPU device back, if this has one. Calls after this fail.
    pub fn destroy(&self) {
        if let Some(device) = &self.device {
            device.destroy();
        }
    }
}

impl Segmenter {
    async fn new(model: &[u8], backend: &str) -> Result<Self, Error> {
        let (backend, device): (_, Option<Device>) = match backend {
            "cpu" => (Backend::Cpu, None),
            #[cfg(feature = "webgpu")]
            "webgpu" => {
                let gpu = cyclorama_engine::Gpu::request().await?;
                (Backend::Gpu(gpu.clone()), Some(gpu))
            }
            other => {
                let message = format!("this module has no backend \"{other}\"");
                return Err(EngineError::Unsupported(message.into()).into());
            }
        };
        let network = Network::new(model, backend).await;
        if let (Err(_), Some(device)) = (&network, &device) {
            device.destroy();
        }
        Ok(Self { network: Rc::new(network?), device })
    }
}
