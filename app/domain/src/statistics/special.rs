//! The few functions of probability that the judgements need, to about twelve digits.
//!
//! Incomplete gamma and beta functions by series and continued fraction (Abramowitz & Stegun 6.5 and 26.5, modified Lentz);
//! everything else follows from these two.

use std::f64::consts::PI;

const TINY: f64 = 1e-300;
const ENOUGH: f64 = 1e-15;

/// ln Γ(x) for x > 0 (Lanczos, g = 7).
pub fn ln_gamma(x: f64) -> f64 {
    const C: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        return (PI / (PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let t = x + 7.5;
    let sum = C.iter().zip(1..).fold(0.999_999_999_999_809_9, |sum, (c, i)| sum + c / (x + f64::from(i)));
    0.5 * (2.0 * PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// The upper regularised incomplete gamma function Q(a, x).
pub fn gamma_above(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let scale = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        for _ in 0..2_000 {
            n += 1.0;
            term *= x / n;
            sum += term;
            if term < sum * ENOUGH {
                break;
            }
        }
        return (1.0 - sum * scale).clamp(0.0, 1.0);
    }
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut h = d;
    for i in 1..2_000 {
        let an = -f64::from(i) * (f64::from(i) - a);
        b += 2.0;
        d = 1.0 / off_zero(an * d + b);
        c = off_zero(b + an / c);
        h *= d * c;
        if (d * c - 1.0).abs() < ENOUGH {
            break;
        }
    }
    (scale * h).clamp(0.0, 1.0)
}

/// The regularised incomplete beta function I(x; a, b).
pub fn beta_below(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let scale = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    if x < (a + 1.0) / (a + b + 2.0) { scale * fraction(x, a, b) / a } else { 1.0 - scale * fraction(1.0 - x, b, a) / b }
}

fn fraction(x: f64, a: f64, b: f64) -> f64 {
    let mut c = 1.0;
    let mut d = 1.0 / off_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    for m in (1..5_000).map(f64::from) {
        for an in
            [m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)), -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))]
        {
            d = 1.0 / off_zero(1.0 + an * d);
            c = off_zero(1.0 + an / c);
            h *= d * c;
        }
        if (d * c - 1.0).abs() < ENOUGH {
            break;
        }
    }
    h
}

fn off_zero(value: f64) -> f64 {
    if value.abs() < TINY { TINY } else { value }
}

/// P(Z > z) of the standard normal.
pub fn normal_above(z: f64) -> f64 {
    let half = 0.5 * gamma_above(0.5, z * z / 2.0);
    if z >= 0.0 { half } else { 1.0 - half }
}

/// The z with P(Z ≤ z) = p (Acklam's approximation and one step of Halley).
pub fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let tail = |q: f64| {
        (((((-7.784_894_002_430_293e-3 * q - 0.322_396_458_041_136_5) * q - 2.400_758_277_161_838) * q - 2.549_732_539_343_734) * q
            + 4.374_664_141_464_968)
            * q
            + 2.938_163_982_698_783)
            / ((((7.784_695_709_041_462e-3 * q + 0.322_467_129_070_039_8) * q + 2.445_134_137_142_996) * q + 3.754_408_661_907_416) * q
                + 1.0)
    };
    let rough = if p < 0.024_25 {
        tail((-2.0 * p.ln()).sqrt())
    } else if p > 1.0 - 0.024_25 {
        -tail((-2.0 * (1.0 - p).ln()).sqrt())
    } else {
        let q = p - 0.5;
        let r = q * q;
        (((((-39.696_830_286_653_76 * r + 220.946_098_424_520_5) * r - 275.928_510_446_968_7) * r + 138.357_751_867_269) * r
            - 30.664_798_066_147_16)
            * r
            + 2.506_628_277_459_239)
            * q
            / (((((-54.476_098_798_224_06 * r + 161.585_836_858_040_9) * r - 155.698_979_859_886_6) * r + 66.801_311_887_719_72) * r
                - 13.280_681_552_885_72)
                * r
                + 1.0)
    };
    let error = (1.0 - normal_above(rough)) - p;
    let step = error * (2.0 * PI).sqrt() * (rough * rough / 2.0).exp();
    rough - step / (1.0 + rough * step / 2.0)
}

/// P(T > t) of Student's distribution; the normal one beyond 10,000 degrees of freedom.
pub fn student_above(t: f64, df: f64) -> f64 {
    if df > 1e4 {
        return normal_above(t);
    }
    let half = 0.5 * beta_below(df / (df + t * t), df / 2.0, 0.5);
    if t >= 0.0 { half } else { 1.0 - half }
}

/// The t with P(T ≤ t) = p of Student's distribution.
pub fn student_quantile(p: f64, df: f64) -> f64 {
    let z = normal_quantile(p);
    if df > 1e4 || !z.is_finite() {
        return z;
    }
    if p < 0.5 {
        return -student_quantile(1.0 - p, df);
    }
    let mut high = z.max(1.0);
    while student_above(high, df) > 1.0 - p && high < 1e12 {
        high *= 2.0;
    }
    solve(0.0, high, |t| student_above(t, df) > 1.0 - p)
}

/// P(X > x) of chi-square.
pub fn chi_square_above(x: f64, df: f64) -> f64 {
    gamma_above(df / 2.0, x / 2.0)
}

/// The p with I(p; a, b) = share: quantile of the beta distribution.
pub fn beta_quantile(share: f64, a: f64, b: f64) -> f64 {
    solve(0.0, 1.0, |x| beta_below(x, a, b) < share)
}

/// The place between `low` and `high` up to which `before` holds, by halving.
pub fn solve(mut low: f64, mut high: f64, before: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if before(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// A place in a list from a number that may be any: cut at 0 and at `most`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to the list before")]
pub fn place(at: f64, most: usize) -> usize {
    if at.is_nan() { 0 } else { (at.clamp(0.0, most as f64)) as usize }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9 * b.abs().max(1e-3), "{a} is not {b}");
    }

    /// Values of R 4.
    #[test]
    fn agree_with_tables() {
        near(normal_above(1.96), 0.024_997_895_148_220_435);
        near(normal_above(-3.0), 0.998_650_101_968_369_9);
        near(normal_quantile(0.99), 2.326_347_874_040_841);
        near(normal_quantile(0.001), -3.090_232_306_167_813_5);
        near(student_above(2.5, 7.0), 0.020_496_109_292_876_44);
        near(student_quantile(0.99, 9.0), 2.821_437_924_6);
        near(chi_square_above(30.0, 20.0), 0.069_853_660_699);
        near(beta_below(0.3, 2.0, 5.0), 0.579_825);
        near(ln_gamma(10.0), 362_880f64.ln());
    }
}
