use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{DType, Tensor};

/// The storage precision of a model's weights. Computation is float32 in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// float16 on a GPU that supports it, if that changes no weight, as with files that store float16 themselves. Otherwise
    /// float32.
    #[default]
    Auto,
    /// float32.
    F32,
}

/// Whether some of a model's weights are stored as float16.
pub fn has_half_weights(model: &impl Module) -> bool {
    struct Search(bool);

    impl ModuleVisitor for Search {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0 |= param.val().dtype() == DType::F16;
        }
    }

    let mut search = Search(false);
    model.visit(&mut search);
    search.0
}
