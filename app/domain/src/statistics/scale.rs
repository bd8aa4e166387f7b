//! Values beyond what can be reckoned with, brought to where they can.

use std::borrow::Cow;

/// Squares and products of what is larger run over, and of what is smaller vanish.
const LARGEST: f64 = 1e75;
const SMALLEST: f64 = 1e-75;

/// The value, or the largest of its sign that can be reckoned with.
pub fn bounded(value: f64) -> f64 {
    value.clamp(-LARGEST, LARGEST)
}

/// The values in a unit in which their squares and sums neither run over nor vanish, and that unit, a power of two; as they stand, and 1,
/// where they can be reckoned with. The unit is that of most of them: what is far beyond others is the largest that there can be.
/// Missing values (NaN, infinities) stay.
pub fn scaled(values: &[f64]) -> (Cow<'_, [f64]>, f64) {
    let mut sizes: Vec<f64> = values.iter().filter(|value| value.is_finite() && **value != 0.0).map(|value| value.abs()).collect();
    if sizes.iter().all(|size| (SMALLEST..=LARGEST).contains(size)) {
        return (Cow::Borrowed(values), 1.0);
    }
    sizes.sort_by(f64::total_cmp);
    let (usual, most) = (sizes[sizes.len() * 9 / 10], sizes[sizes.len() - 1]);
    let unit = if usual > LARGEST {
        power(usual)
    } else if most < SMALLEST {
        power(most)
    } else {
        1.0
    };
    (values.iter().map(|value| if value.is_finite() { bounded(value / unit) } else { *value }).collect(), unit)
}

/// The unit in which a number of this size, and sums of its like, can be reckoned with; 1 of those that can as they stand.
pub fn unit_of(size: f64) -> f64 {
    if size > LARGEST { power(size / LARGEST) } else { 1.0 }
}

/// A value that was found in a unit, as it is.
pub fn restored(value: f64, unit: f64) -> f64 {
    (value * unit).clamp(f64::MIN, f64::MAX)
}

/// The power of two below a number.
fn power(number: f64) -> f64 {
    f64::from_bits(number.to_bits() & f64::INFINITY.to_bits()).max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_be_reckoned_with_has_another_unit() {
        let plain = [1e-70, -3.0, 0.0, f64::NAN, f64::INFINITY, 1e75];
        assert!(matches!(scaled(&plain), (Cow::Borrowed(_), 1.0)));
        for values in [[1.7e308, -1e308, 1.1e308], [1e-300, 3e-310, 5e-324]] {
            let (small, unit) = scaled(&values);
            assert!(small.iter().all(|value| value.abs() < 2.0), "{small:?}");
            assert_eq!(small.iter().map(|value| restored(*value, unit)).collect::<Vec<_>>(), values);
        }
        let mut one = vec![5.0; 20];
        (one[3], one[4]) = (1e200, f64::NAN);
        let (same, unit) = scaled(&one);
        assert_eq!((same[0], same[3], unit), (5.0, LARGEST, 1.0));
        assert_eq!((unit_of(1e75), unit_of(5e-324)), (1.0, 1.0));
        assert!(f64::MAX / unit_of(f64::MAX) < 4.0 * LARGEST && 1e76 / unit_of(1e76) > LARGEST / 4.0);
        assert!(same[4].is_nan() && restored(1.9, 1e308 * 1.5) == f64::MAX);
    }
}
