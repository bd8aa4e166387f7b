//! When what is unusual now began: the start of a cumulative sum.

/// What a surprise brings to the sum beyond: by chance alone 0.43 come on average, so the sum falls back to nought soon.
const DRIFT: f64 = 1.0;

/// The first of the values that belong to what goes on at the last one: since then the sum of what surprises brought beyond the usual
/// has not been nought again (Page, 1954). `None` where the last belongs to nothing.
pub fn onset(surprises: &[f64]) -> Option<usize> {
    let (mut sum, mut since) = (0.0_f64, 0);
    for (at, surprise) in surprises.iter().enumerate() {
        if sum <= 0.0 {
            (sum, since) = (0.0, at);
        }
        sum += surprise - DRIFT;
    }
    (sum > 0.0).then_some(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_began_where_the_sum_left_nought() {
        assert_eq!(onset(&[0.2, 0.9, 0.1, 1.4, 2.0, 7.0]), Some(3));
        assert_eq!(onset(&[9.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 6.0]), Some(10), "what was over is another matter");
        assert_eq!((onset(&[0.1, 0.4]), onset(&[])), (None, None));
    }
}
