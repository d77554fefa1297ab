//! The minimum of moves: which children stay when a list is put in a new order.

use alloc::vec;
use alloc::vec::Vec;

/// Marks the members of a longest strictly increasing subsequence of `old`.
///
/// `old[i]` is the old index of the node that stands at `i` in the new order. Nodes marked `true`
/// stay; moving each of the others once, and no fewer, gives the new order.
///
/// ```
/// assert_eq!(holm_wire::order::stays(&[2, 0, 1]), [false, true, true]);
/// ```
pub fn stays(old: &[u32]) -> Vec<bool> {
    // `tails[k]` is the position in `old` of the smallest end of an increasing run of k + 1.
    let mut tails: Vec<usize> = Vec::new();
    let mut before = vec![usize::MAX; old.len()];
    for (at, &value) in old.iter().enumerate() {
        let k = tails.partition_point(|&tail| old[tail] < value);
        if k > 0 {
            before[at] = tails[k - 1];
        }
        if k == tails.len() { tails.push(at) } else { tails[k] = at }
    }
    let mut marks = vec![false; old.len()];
    let mut at = tails.last().copied().unwrap_or(usize::MAX);
    while let Some(mark) = marks.get_mut(at) {
        *mark = true;
        at = before[at];
    }
    marks
}
