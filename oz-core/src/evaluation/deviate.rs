//! Normal deviates, the scale of the axes of DET plots.

/// Normal deviate (probit): the value below which a standard normal variable lies with probability `rate`.
///
/// Finite for `0 < rate < 1`, with an absolute error below 1.2e-8; infinite otherwise.
///
/// Source: Acklam 2003, "An algorithm for computing the inverse normal cumulative distribution function".
#[must_use]
pub fn normal_deviate(rate: f64) -> f64 {
    /// The central approximation holds between this rate and its complement.
    const TAIL: f64 = 0.02425;

    if rate <= 0.0 {
        f64::NEG_INFINITY
    } else if rate >= 1.0 {
        f64::INFINITY
    } else if rate < TAIL {
        tail((-2.0 * rate.ln()).sqrt())
    } else if rate > 1.0 - TAIL {
        -tail((-2.0 * (-rate).ln_1p()).sqrt())
    } else {
        central(rate - 0.5)
    }
}

fn central(q: f64) -> f64 {
    const NUMERATOR: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const DENOMINATOR: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    polynomial(&NUMERATOR, q * q) * q / polynomial(&DENOMINATOR, q * q)
}

fn tail(q: f64) -> f64 {
    const NUMERATOR: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const DENOMINATOR: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    polynomial(&NUMERATOR, q) / polynomial(&DENOMINATOR, q)
}

/// Value of a polynomial (Horner's method). `coefficients` run from the highest power to the constant.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviates_match_published_tables() {
        for (rate, deviate) in [
            (0.5, 0.0),
            (0.841_344_746, 1.0),
            (0.977_249_868, 2.0),
            (0.975, 1.959_963_985),
            (0.001, -3.090_232_306),
            (1e-4, -3.719_016_485),
            (0.999_9, 3.719_016_485),
        ] {
            assert!((normal_deviate(rate) - deviate).abs() < 1e-7, "{rate}: {}", normal_deviate(rate));
        }
        assert_eq!(normal_deviate(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_deviate(1.0), f64::INFINITY);
    }

    #[test]
    fn deviates_rise_with_the_rate() {
        let deviates: Vec<_> = (1..1000).map(|i| normal_deviate(f64::from(i) / 1000.0)).collect();
        assert!(deviates.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
