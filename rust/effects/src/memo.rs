/// Keeps the last value made and the key it was made for, so that a steady stream of frames makes nothing anew.
pub(crate) struct Memo<K, V>(Option<(K, V)>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: PartialEq, V> Memo<K, V> {
    /// The value for `key`: the kept one, or the one that `make` returns.
    pub fn get(&mut self, key: K, make: impl FnOnce() -> V) -> &V {
        let kept = self.0.take().filter(|(made_for, _)| *made_for == key);
        &self.0.insert(kept.unwrap_or_else(|| (key, make()))).1
    }
}
