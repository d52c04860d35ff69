use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{DType, Tensor};

/// How a network's weights are stored. What is computed with them has 32 bits in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// With 16 bits on a GPU that has them, where that changes no weight, as with files that were stored so themselves.
    #[default]
    Auto,
    /// With 32 bits.
    F32,
}

/// Whether some of a network's weights are stored with 16 bits.
pub fn has_half_weights(network: &impl Module) -> bool {
    struct Search(bool);

    impl ModuleVisitor for Search {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0 |= param.val().dtype() == DType::F16;
        }
    }

    let mut search = Search(false);
    network.visit(&mut search);
    search.0
}
