//! Many slices looked at at once: one of a thousand is always one in a thousand.

use super::{probability, surprise};

/// The surprises of slices, each given that all of them were looked at: Benjamini and Hochberg's (1995) step up, so that among those
/// of at least `-log10(q)` a share of `q` is false in the long run.
pub fn among(surprises: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..surprises.len()).collect();
    order.sort_by(|&a, &b| surprises[a].total_cmp(&surprises[b]));
    let all = surprises.len() as f64;
    let mut adjusted = vec![0.0; surprises.len()];
    let mut least = 1.0f64;
    // From the least surprising on, whose rank is the last.
    for (passed, &at) in order.iter().enumerate() {
        let rank = all - passed as f64;
        least = least.min(probability(surprises[at]) * all / rank);
        adjusted[at] = surprise(least);
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjusted_as_benjamini_and_hochberg_did() {
        // Their own example of fifteen, the first three of which are q ≤ 0.0095 (p.adjust in R says the same).
        let p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0];
        let adjusted: Vec<f64> = among(&p.map(surprise)).into_iter().map(probability).collect();
        for (found, wanted) in adjusted.iter().zip([0.0015, 0.003, 0.0095, 0.035_625, 0.0603, 0.063_857]) {
            assert!((found - wanted).abs() < 1e-6, "{found} is not {wanted}");
        }
        assert_eq!(among(&[]), Vec::<f64>::new());
        assert_eq!(among(&[4.0]), vec![4.0]);
    }
}
