/// A result of a step.
pub(super) struct StepResult {
    /// The number of the step.
    pub step: usize,
    pub bytes: u64,
}

/// The buffers of the results of consecutive steps. A buffer is used again after the last step that reads its result.
pub(super) struct Assignment {
    /// The buffer of each result.
    pub buffer_of: Vec<usize>,
    /// The bytes of each buffer: those of the largest result in it.
    pub sizes: Vec<u64>,
}

impl Assignment {
    /// `results` are in the order of their steps. `reads` are the numbers of the results that each step reads. The result
    /// `last` is never overwritten.
    pub(super) fn new(results: &[StepResult], reads: &[Vec<usize>], last: usize) -> Self {
        let mut last_reader: Vec<_> = results.iter().map(|result| result.step).collect();
        for (step, reads) in reads.iter().enumerate() {
            reads.iter().for_each(|read| last_reader[*read] = step);
        }
        last_reader[last] = usize::MAX;

        let (mut buffer_of, mut sizes, mut free) = (Vec::new(), Vec::<u64>::new(), Vec::new());
        for (number, &StepResult { step, bytes }) in results.iter().enumerate() {
            // The smallest buffer that is large enough, else the largest one, which grows.
            let unused = |&place: &usize| {
                let size: u64 = sizes[free[place]];
                (size < bytes, size.abs_diff(bytes))
            };
            let buffer = match (0..free.len()).min_by_key(unused) {
                Some(place) => free.swap_remove(place),
                None => sizes.len(),
            };
            sizes.resize(sizes.len().max(buffer + 1), 0);
            sizes[buffer] = sizes[buffer].max(bytes);
            buffer_of.push(buffer);
            if results.get(number + 1).is_some_and(|next| next.step == step) {
                continue;
            }
            free.extend(
                (0..=number).filter(|result| last_reader[*result] == step).map(|result| buffer_of[result]),
            );
        }
        Self { buffer_of, sizes }
    }
}

#[cfg(test)]
mod tests {
    use super::{Assignment, StepResult};

    /// Assigns the buffers of steps with one result each.
    fn assign(results: &[u64], reads: &[&[usize]], last: usize) -> (Vec<usize>, Vec<u64>) {
        let steps: Vec<_> = results.iter().copied().enumerate().collect();
        assign_all(&steps, reads, last)
    }

    fn assign_all(results: &[(usize, u64)], reads: &[&[usize]], last: usize) -> (Vec<usize>, Vec<u64>) {
        let results: Vec<_> = results.iter().map(|&(step, bytes)| StepResult { step, bytes }).collect();
        let reads: Vec<_> = reads.iter().map(|reads| reads.to_vec()).collect();
        let Assignment { buffer_of, sizes } = Assignment::new(&results, &reads, last);
        (buffer_of, sizes)
    }

    #[test]
    fn a_chain_needs_two_buffers() {
        let assigned = assign(&[4, 8, 2, 6, 1], &[&[], &[0], &[1], &[2], &[3]], 4);
        assert_eq!(assigned, (vec![0, 1, 0, 1, 0], vec![4, 8]));
    }

    #[test]
    fn a_result_that_is_read_later_is_kept() {
        // Step 0 is a skip connection, and step 3 reads step 2 twice.
        let (buffer_of, sizes) = assign(&[4, 4, 4, 4, 4], &[&[], &[0], &[1], &[2, 2, 0], &[3]], 4);
        assert_eq!((buffer_of, sizes), (vec![0, 1, 2, 1, 0], vec![4, 4, 4]));
    }

    #[test]
    fn the_results_of_one_step_are_in_different_buffers() {
        // Nothing reads the second result of step 1, and step 3 reads that of step 2.
        let results = [(0, 4), (1, 4), (1, 1), (2, 4), (2, 1), (3, 4)];
        let (buffer_of, sizes) = assign_all(&results, &[&[], &[0], &[1], &[3, 4]], 5);
        assert_eq!((buffer_of, sizes), (vec![0, 1, 2, 0, 2, 1], vec![4, 4, 1]));
    }

    #[test]
    fn the_last_result_and_unread_ones_are_no_trouble() {
        // Nothing reads step 0, and the kept result is not the last step's.
        assert_eq!(assign(&[4, 4, 4], &[&[], &[], &[1]], 1), (vec![0, 0, 1], vec![4, 4]));
    }

    #[test]
    fn a_buffer_grows_only_if_none_is_large_enough() {
        let assigned = assign(&[2, 9, 3, 7, 20], &[&[], &[], &[0, 1], &[2], &[3]], 4);
        assert_eq!(assigned, (vec![0, 1, 2, 1, 2], vec![2, 9, 20]));
    }
}
