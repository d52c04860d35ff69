/// A cache of one value and its key: frames of one stream reuse their resources.
pub(crate) struct Memo<K, V>(Option<(K, V)>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: PartialEq, V> Memo<K, V> {
    /// Returns the value for `key`: the cached one, or a new one of `make`.
    pub fn get(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let kept = self.0.take().filter(|(made_for, _)| *made_for == key);
        &mut self.0.insert(kept.unwrap_or_else(|| (key, make()))).1
    }
}
